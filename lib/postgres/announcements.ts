import type { Announcement, LeaderInfo } from '../election/announcement.js';

/** NOTIFY carries fewer than 8,000 bytes. */
export const MAX_PAYLOAD_BYTES = 7_999;
/** The longest text that an announcement may carry, in characters. */
const MAX_TEXT = 512;
/** The greatest 64-bit transaction id. */
const MAX_TERM = 2n ** 64n - 1n;

/** Announcements of another format are not for us. */
const FORMAT = 1;

/** @internal */
export function formatAnnouncement(announcement: Announcement): string {
  if (announcement.type === 'roll-call')
    return JSON.stringify({ v: FORMAT, type: announcement.type });
  const { type, key } = announcement;
  if (type === 'resigned' || type === 'stepping-down') {
    const { instanceId, servedUntil } = announcement;
    return JSON.stringify({ v: FORMAT, type, key: `${key}`, instanceId, servedUntil });
  }
  if (type === 'resign-request') {
    const { instanceId, successor } = announcement;
    return JSON.stringify({ v: FORMAT, type, key: `${key}`, instanceId, successor });
  }
  if (type === 'acquired')
    return JSON.stringify({ v: FORMAT, type, key: `${key}`, instanceId: announcement.instanceId });
  const { instanceId, term, since, address } = announcement.leader;
  return JSON.stringify({
    v: FORMAT,
    type,
    key: `${key}`,
    instanceId,
    ...(term !== undefined && { term: `${term}` }),
    ...(since !== undefined && { since: since.getTime() }),
    ...(address !== undefined && { address }),
  });
}

/**
 * Reads what anyone who can connect to the database may have sent: anything but a well-formed announcement is undefined.
 *
 * @internal
 */
export function parseAnnouncement(payload: string): Announcement | undefined {
  if (payload.length > MAX_PAYLOAD_BYTES) return undefined;
  let message: unknown;
  try {
    message = JSON.parse(payload);
  } catch {
    return undefined;
  }
  if (typeof message !== 'object' || message === null) return undefined;
  const fields = message as Record<string, unknown>;
  if (fields['v'] !== FORMAT) return undefined;
  const type = fields['type'];
  if (type === 'roll-call') return { type };
  const key = readInteger(fields['key']);
  const instanceId = readText(fields['instanceId']);
  if (key === undefined || BigInt.asIntN(64, key) !== key || instanceId === undefined)
    return undefined;
  if (type === 'acquired') return { type, key, instanceId };
  if (type === 'resign-request') return readRequest(key, instanceId, fields['successor']);
  if (type === 'stepping-down') {
    const resignation = readResignation(key, instanceId, fields['servedUntil']);
    return resignation?.servedUntil === undefined
      ? undefined
      : { type, key, instanceId, servedUntil: resignation.servedUntil };
  }
  if (type === 'resigned') return readResignation(key, instanceId, fields['servedUntil']);
  if (type !== 'elected' && type !== 'leading') return undefined;
  const leader = readLeader(instanceId, fields);
  return leader && { type, key, leader };
}

function readRequest(
  key: bigint,
  instanceId: string,
  successor: unknown,
): Announcement | undefined {
  if (successor === undefined) return { type: 'resign-request', key, instanceId };
  const text = readText(successor);
  return text === undefined
    ? undefined
    : { type: 'resign-request', key, instanceId, successor: text };
}

function readResignation(
  key: bigint,
  instanceId: string,
  servedUntil: unknown,
): Extract<Announcement, { type: 'resigned' }> | undefined {
  if (servedUntil === undefined) return { type: 'resigned', key, instanceId };
  if (typeof servedUntil !== 'number' || Number.isNaN(new Date(servedUntil).getTime()))
    return undefined;
  return { type: 'resigned', key, instanceId, servedUntil };
}

function readLeader(instanceId: string, fields: Record<string, unknown>): LeaderInfo | undefined {
  const term = readInteger(fields['term']);
  const since = fields['since'];
  const address = readText(fields['address']);
  if (fields['term'] !== undefined && (term === undefined || term < 0n || term > MAX_TERM))
    return undefined;
  if (since !== undefined && (typeof since !== 'number' || Number.isNaN(new Date(since).getTime())))
    return undefined;
  if (fields['address'] !== undefined && address === undefined) return undefined;
  return {
    instanceId,
    ...(term !== undefined && { term }),
    ...(since !== undefined && { since: new Date(since) }),
    ...(address !== undefined && { address }),
  };
}

function readText(value: unknown): string | undefined {
  return typeof value === 'string' && value.length > 0 && value.length <= MAX_TEXT
    ? value
    : undefined;
}

function readInteger(value: unknown): bigint | undefined {
  return typeof value === 'string' && /^-?\d{1,20}$/.test(value) ? BigInt(value) : undefined;
}
