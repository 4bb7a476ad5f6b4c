import type { Announcement } from '../../../lib/core/model/announcement.js';
import { formatAnnouncement } from '../../../lib/core/postgres/announcement-codec.js';

/** Which version of the library an instance runs: this one, or a later one, which sends more. */
export type Version = 'this' | 'later';

/** Fields that this version does not have. */
const NEW_FIELDS = { zone: 'a', weight: -1, tags: ['x', null], previous: { term: '1', since: 0 } };

/** The payloads that an instance sends for announcements, in the format of the adapter to PostgreSQL. */
export function payloadsOf(
  announcements: readonly Announcement[],
  version: Version,
): readonly string[] {
  const payloads = announcements.map(formatAnnouncement);
  return version === 'this' ? payloads : payloads.flatMap(ofLaterVersion);
}

/** With new fields; and beside it a message of a new type, and one in a new format, about the same election. */
function ofLaterVersion(payload: string): readonly string[] {
  const fields = JSON.parse(payload) as Record<string, unknown>;
  const messages = [
    { ...fields, ...NEW_FIELDS },
    { ...fields, type: 'renewed' },
    { ...fields, v: 2 },
  ];
  return messages.map((message) => JSON.stringify(message));
}
