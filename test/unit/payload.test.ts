import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import {
  formatAnnouncement,
  parseAnnouncement,
} from '../../lib/core/postgres/announcement-codec.js';
import { parseReport } from '../../lib/core/postgres/instance-report-codec.js';
import { MAX_PAYLOAD_BYTES } from '../../lib/core/postgres/payload.js';

const NUM_RUNS = 5_000;

const TYPES = ['acquired', 'elected', 'leading', 'stepping-down', 'resigned', 'resign-request'];
const OTHER_TYPES = ['who-leads', 'roll-call', 'constructor', '__proto__', 'toString'];
const ROLES = ['leader', 'heir', 'standby', 'observer', 'stopped'];

/** Becomes a number that is too large for any. */
const HUGE = 'HUGE';

/** The ends of what a field may be, and what is just beyond. */
const extreme = fc.oneof(
  fc.constantFrom(
    ...[0, -0, 1, -1, 0.5, 1e-7, 2 ** 53, -(2 ** 53), 8.64e15, 8.64e15 + 1, -8.64e15, 1e308, HUGE],
    ...[
      `${2n ** 63n - 1n}`,
      `${2n ** 63n}`,
      `${-(2n ** 63n)}`,
      `${2n ** 64n - 1n}`,
      `${2n ** 64n}`,
    ],
    ...['', '0', '-0', '-1', '00', '1e3', '0x1', ' 1', '1n', '9'.repeat(20), '9'.repeat(21)],
    ...['x'.repeat(512), 'x'.repeat(513), '\u0000', '\ud800', '🦊'.repeat(256), '\u202e\n'],
    ...['fast', 'strict', 'leader', 'present', 'NaN', 'null', true, false, null, undefined],
    ...[[], {}, [[]], [null], { length: 1 }, { toString: 'x' }],
  ),
  fc.jsonValue(),
);

const NAMES = [
  ...['v', 'type', 'key', 'instanceId', 'term', 'since', 'address', 'servedUntil', 'successor'],
  ...['takeover', 'part', 'parts', 'version', 'startedAt', 'lastHeartbeat', 'elections', 'name'],
  ...['role', '__proto__', 'constructor', 'toJSON', 'hasOwnProperty', ''],
];

/** A message that could be one of ours. */
const likely = fc.record({
  v: fc.constant(1),
  type: fc.oneof(fc.constant('present'), fc.constantFrom(...TYPES, ...OTHER_TYPES)),
  key: fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }).map(String),
  instanceId: fc.string({ minLength: 1, maxLength: 200 }),
  servedUntil: fc.integer(),
  part: fc.nat(3),
  parts: fc.integer({ min: 4, max: 1_000 }),
  version: fc.constant('1.2.3'),
  startedAt: fc.nat(),
  elections: fc.array(
    fc.record({
      name: fc.string({ minLength: 1 }),
      key: fc.bigInt({ min: 0n, max: 9n }).map(String),
      role: fc.constantFrom(...ROLES),
    }),
    { maxLength: 3 },
  ),
});
const changes = fc.dictionary(fc.constantFrom(...NAMES), extreme, { maxKeys: 3 });
const asJson = (fields: object) => JSON.stringify(fields).replaceAll(`"${HUGE}"`, '1e999');

const payload = fc.oneof(
  fc.tuple(likely, changes).map(([message, changed]) => asJson({ ...message, ...changed })),
  fc
    .tuple(likely, changes, changes)
    .map(([message, changed, inner]) =>
      asJson({ ...message, ...changed, elections: [...message.elections, inner] }),
    ),
  fc.json(),
  fc.string({ unit: 'binary', maxLength: 8_001 }),
  fc
    .tuple(
      fc.constantFrom('[', '{"a":', '"', '1', '[{', ' ', '\\u0000'),
      fc.integer({ min: 1, max: 8_001 }),
    )
    .map(([text, times]) => text.repeat(times).slice(0, 8_001)),
);

const isText = (value: unknown) =>
  typeof value === 'string' && value.length > 0 && value.length <= 512;
const isMoment = (value: unknown) =>
  typeof value === 'number' && Number.isInteger(value) && Math.abs(value) <= 8.64e15;
const isWithin = (value: unknown, least: bigint, greatest: bigint) =>
  typeof value === 'bigint' && value >= least && value <= greatest;

/** What each field that is read may be. */
const BOUNDS: Readonly<Record<string, (value: unknown) => boolean>> = {
  type: (value) => [...TYPES, 'who-leads', 'roll-call'].includes(value as string),
  key: (value) => isWithin(value, -(2n ** 63n), 2n ** 63n - 1n),
  term: (value) => isWithin(value, 0n, 2n ** 64n - 1n),
  instanceId: isText,
  address: isText,
  successor: isText,
  version: isText,
  name: isText,
  since: (value) => value instanceof Date && isMoment(value.getTime()),
  startedAt: (value) => value instanceof Date && isMoment(value.getTime()),
  lastHeartbeat: (value) => value instanceof Date && isMoment(value.getTime()),
  servedUntil: isMoment,
  takeover: (value) => value === 'fast' || value === 'strict',
  role: (value) => ROLES.includes(value as string),
  part: (value) => typeof value === 'number' && Number.isInteger(value) && value >= 0,
  parts: (value) => typeof value === 'number' && Number.isInteger(value) && value <= 1_000,
  leader: isWithinBounds,
  report: isWithinBounds,
  elections: (value) =>
    Array.isArray(value) && value.length < MAX_PAYLOAD_BYTES && value.every(isWithinBounds),
};

function isWithinBounds(read: unknown): boolean {
  return (
    typeof read === 'object' &&
    read !== null &&
    Object.getPrototypeOf(read) === Object.prototype &&
    Object.entries(read).every(([name, value]) => BOUNDS[name]?.(value) === true)
  );
}

describe.each<[string, (payload: string) => unknown]>([
  ['an announcement', parseAnnouncement],
  ['a report of an instance', parseReport],
])('what is read as %s', (_what, parse) => {
  it('is nothing, or within its bounds, whatever was sent', () => {
    let read = 0;
    fc.assert(
      fc.property(payload, (sent) => {
        const found = parse(sent);
        if (found === undefined) return;
        read += 1;
        expect(isWithinBounds(found)).toBe(true);
      }),
      { numRuns: NUM_RUNS },
    );
    // It was not all refused.
    expect(read).toBeGreaterThan(NUM_RUNS / 100);
  });
});

it('what is read as an announcement can be sent, and is read again as the same', () => {
  fc.assert(
    fc.property(payload, (sent) => {
      const found = parseAnnouncement(sent);
      if (found) expect(parseAnnouncement(formatAnnouncement(found))).toEqual(found);
    }),
    { numRuns: NUM_RUNS / 4 },
  );
});
