import type { Attendance, ElectionAttendance, Role } from '../model/instance-report.js';
import { formatPayload, MAX_PAYLOAD_BYTES, readPayload, type Fields } from './payload.js';

/** What one notification carries of an instance's answer to a roll call: some of its elections. */
export interface AttendancePart {
  readonly attendance: Attendance;
  /** Which of how many, from 0. */
  readonly part: number;
  readonly parts: number;
}

const ROLES: readonly Role[] = ['leader', 'heir', 'standby', 'observer', 'stopped'];
/** More elections than this library is made for would not need as many notifications. */
const MAX_PARTS = 1_000;

/**
 * The answer in as few notifications as hold it, each of which can be read without the others.
 *
 * @internal
 */
export function formatAttendance({ elections, ...instance }: Attendance): string[] {
  const format = (some: readonly ElectionAttendance[], part: number, parts: number) =>
    formatPayload({ type: 'present', ...instance, part, parts, elections: some });
  const room = MAX_PAYLOAD_BYTES - Buffer.byteLength(format([], MAX_PARTS, MAX_PARTS));
  const parts: ElectionAttendance[][] = [[]];
  let left = room;
  for (const election of elections) {
    const size = Buffer.byteLength(formatPayload(election));
    if (size > left) {
      parts.push([]);
      left = room;
    }
    parts.at(-1)?.push(election);
    left -= size;
  }
  return parts.map((some, part) => format(some, part, parts.length));
}

/**
 * Reads what anyone who can connect to the database may have sent: anything but a well-formed answer is undefined.
 *
 * @internal
 */
export function parseAttendance(payload: string): AttendancePart | undefined {
  return readPayload(payload, (fields) => {
    fields.oneOf('type', ['present']);
    const part = fields.number('part');
    const parts = fields.number('parts');
    if (!isIndex(part, parts) || !isIndex(parts, MAX_PARTS + 1)) return undefined;
    const attendance = {
      instanceId: fields.text('instanceId'),
      version: fields.text('version'),
      ...fields.optional('address', fields.text),
      startedAt: fields.date('startedAt'),
      ...fields.optional('lastHeartbeat', fields.date),
      elections: fields.list('elections', readElection),
    };
    return { attendance, part, parts };
  });
}

function readElection(fields: Fields): ElectionAttendance {
  return {
    name: fields.text('name'),
    key: fields.key('key'),
    role: fields.oneOf('role', ROLES),
    ...fields.optional('term', fields.term),
    ...fields.optional('since', fields.date),
  };
}

function isIndex(value: number, length: number): boolean {
  return Number.isInteger(value) && value >= 0 && value < length;
}
