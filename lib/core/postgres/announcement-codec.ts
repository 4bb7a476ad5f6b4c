import type { Announcement } from '../model/announcement.js';
import { type LeaderInfo, INSTANCE_DETAILS } from '../model/instance-report.js';
import { TAKEOVERS, type Takeover } from '../model/takeover.js';
import { formatPayload, readPayload, type Fields } from './payload.js';

type Type = Announcement['type'];
type Read<T extends Type> = (fields: Fields) => Extract<Announcement, { readonly type: T }>;

/** @internal */
export function formatAnnouncement(announcement: Announcement): string {
  if (!('leader' in announcement)) return formatPayload(announcement);
  const { leader, ...about } = announcement;
  return formatPayload({ ...about, ...leader });
}

/**
 * Parses a payload, which any client of the database may have sent. Undefined unless it is a well-formed announcement.
 *
 * @internal
 */
export function parseAnnouncement(payload: string): Announcement | undefined {
  return readPayload(payload, (fields) => {
    const type = fields.value('type');
    return isType(type) ? READERS[type](fields) : undefined;
  });
}

function isType(type: unknown): type is Type {
  return typeof type === 'string' && Object.hasOwn(READERS, type);
}

const READERS: { readonly [T in Type]: Read<T> } = {
  acquired: (fields) => ({
    type: 'acquired',
    ...who(fields),
    ...fields.optional('token', fields.key),
    ...rule(fields),
  }),
  elected: (fields) => ({ type: 'elected', ...leading(fields), ...rule(fields) }),
  leading: (fields) => ({
    type: 'leading',
    ...leading(fields),
    ...fields.optional('token', fields.key),
    ...rule(fields),
  }),
  'stepping-down': (fields) => ({
    type: 'stepping-down',
    ...who(fields),
    servedUntil: fields.moment('servedUntil'),
    ...fields.optional('successor', fields.text),
  }),
  resigned: (fields) => ({
    type: 'resigned',
    ...who(fields),
    ...fields.optional('servedUntil', fields.moment),
    ...fields.optional('successor', fields.text),
  }),
  'resign-request': (fields) => ({
    type: 'resign-request',
    ...who(fields),
    ...fields.optional('successor', fields.text),
  }),
  'same-name': (fields) => ({
    type: 'same-name',
    instanceId: fields.text('instanceId'),
    host: fields.text('host'),
    process: fields.number('process'),
  }),
  'place-free': (fields) => ({ type: 'place-free', key: fields.key('key') }),
  'who-leads': () => ({ type: 'who-leads' }),
  'roll-call': () => ({ type: 'roll-call' }),
};

function who(fields: Fields): { key: bigint; instanceId: string } {
  return { key: fields.key('key'), instanceId: fields.text('instanceId') };
}

/** The takeover rule of the sender, if the message contains it. */
function rule(fields: Fields): { takeover?: Takeover } {
  return fields.optional('takeover', (name) => fields.oneOf(name, TAKEOVERS));
}

function leading(fields: Fields): { key: bigint; leader: LeaderInfo } {
  const { key, instanceId } = who(fields);
  const leader = {
    instanceId,
    ...fields.optional('term', fields.term),
    ...fields.optional('since', fields.date),
    ...fields.texts(INSTANCE_DETAILS),
  };
  return { key, leader };
}
