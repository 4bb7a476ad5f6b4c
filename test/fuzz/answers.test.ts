import type pg from 'pg';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import {
  PoolerDetectedError,
  UnsupportedServerError,
} from '../../lib/core/postgres/preflight.error.js';
import { PostgresConnection } from '../../lib/core/postgres/postgres-connection.js';
import { preflight } from '../../lib/core/postgres/preflight.js';
import { systemClock } from '../../lib/core/time/clock.js';

const LOCKS = [1n, -(2n ** 63n)];
const PIDS = [1, 2];

/** What a field of a row may be, right or wrong. */
const field = fc.oneof(
  fc.constantFrom<unknown>(null, undefined, true, false, 0, 1, -1, 1.5, NaN, Infinity),
  fc.constantFrom<unknown>('', '1', '-1', '12345678901234567890', '1e3', 'lock', 'heir', '0x1', 1n),
  fc.constantFrom<unknown>([], {}, new Date(0), Symbol('x'), 'read committed', 'serializable'),
);

const NAMES = ['granted', 'key', 'held', 'term', 'pid', 'silence', 'age', 'trusted', 'taken'];
const row = fc.oneof(
  { weight: 9, arbitrary: fc.dictionary(fc.constantFrom(...NAMES), field) },
  fc.constantFrom<unknown>(null, undefined, 'row', []),
);

const rows = fc.array(row, { maxLength: 3 });
const answer = fc.oneof(
  { weight: 9, arbitrary: rows.map((some): unknown => ({ rows: some })) },
  { weight: 3, arbitrary: rows.map((some): unknown => [{ rows: [] }, { rows: some }]) },
  fc.constantFrom<unknown>(undefined, null, [], {}, { rows: null }, { rows: 'x' }, 'SELECT'),
);

/** A client of a server that answers anything. */
const clientOf = (found: unknown) =>
  ({
    on: () => undefined,
    query: () => Promise.resolve(found),
    processID: 1,
  }) as unknown as pg.Client;

function connectionOf(found: unknown): PostgresConnection {
  return new PostgresConnection({
    client: clientOf(found),
    identity: { pid: 1, token: 3n },
    server: { uptime: 0, replayed: false, checkpointAge: undefined },
    hasNamesake: false,
    confirmedAt: systemClock.now(),
    pooler: 'session',
    isolation: 'read committed',
  });
}

const isNumber = (value: unknown) => typeof value === 'number' && Number.isFinite(value);
const isNumberOrNothing = (value: unknown) => value === undefined || isNumber(value);
const announcement = { type: 'who-leads' } as const;

/** What an answer is made into, and whether that is what it should be. */
const asked: readonly {
  readonly what: string;
  readonly ask: (connection: PostgresConnection) => Promise<unknown>;
  readonly isRight: (value: never) => boolean;
}[] = [
  {
    what: 'trying locks',
    ask: (connection) => connection.tryLocks(LOCKS.map((lock) => ({ lock, heir: 2n }))),
    isRight: (granted: readonly unknown[]) =>
      granted.length === 2 &&
      granted.every((one) => [undefined, 'lock', 'heir'].includes(one as never)),
  },
  {
    what: 'taking a place',
    ask: (connection) => connection.takeOne(LOCKS),
    isRight: (taken: unknown) => taken === undefined || LOCKS.includes(taken as bigint),
  },
  {
    what: 'drawing terms',
    ask: (connection) => connection.drawTerms(LOCKS),
    isRight: (terms: readonly unknown[]) =>
      terms.length === 2 && terms.every((term) => typeof term === 'bigint' && term > 0n),
  },
  {
    what: 'drawing terms with an announcement',
    ask: async (connection) =>
      // As where the announcement is refused, which no answer can say.
      (await connection.drawTermsAndAnnounce(LOCKS, [announcement])) ?? [1n, 1n],
    isRight: (terms: readonly unknown[]) =>
      terms.length === 2 && terms.every((term) => typeof term === 'bigint' && term > 0n),
  },
  {
    what: 'looking who holds locks',
    ask: (connection) => connection.holders(LOCKS),
    isRight: (holders: readonly ({ pid: unknown; silence: unknown } | undefined)[]) =>
      holders.length === 2 &&
      holders.every((one) => !one || (isNumber(one.pid) && isNumberOrNothing(one.silence))),
  },
  {
    what: 'looking at senders',
    ask: (connection) => connection.senders(PIDS),
    isRight: (senders: readonly { pid: unknown; age: unknown; trusted: unknown }[]) =>
      senders.every(
        ({ age, pid, trusted }) =>
          PIDS.includes(pid as number) && isNumberOrNothing(age) && typeof trusted === 'boolean',
      ),
  },
  {
    what: 'a heartbeat through a pooler',
    ask: (connection) => connection.heartbeat(),
    isRight: (nothing: unknown) => nothing === undefined,
  },
];

/** What comes of it: the answer, or an error that says what is wrong with the server. */
async function outcomeOf(work: () => Promise<unknown>) {
  try {
    return { value: await work() };
  } catch (error) {
    if (error instanceof UnsupportedServerError || error instanceof PoolerDetectedError)
      return { error };
    throw error;
  }
}

describe.each(asked)('whatever the server answers: $what', ({ ask, isRight }) => {
  it('is what it should be, or an error that says so', async () => {
    await fc.assert(
      fc.asyncProperty(answer, async (found) => {
        const outcome = await outcomeOf(() => ask(connectionOf(found)));
        if ('value' in outcome) expect(isRight(outcome.value as never)).toBe(true);
      }),
      { numRuns: 3_000 },
    );
  });
});

describe('whatever the server answers: the preflight', () => {
  it('passes for a primary of a version that is known, and for nothing else', async () => {
    const right = fc.record({
      pid: fc.constantFrom<unknown>(1, 2, '1', null),
      in_recovery: fc.constantFrom<unknown>(false, true, null, 'f'),
      taken: fc.constantFrom<unknown>(false, true, null, undefined),
      server_version_num: fc.constantFrom<unknown>(180_004, 130_000, null, '180004', NaN),
      isolation: fc.constantFrom<unknown>('read committed', 'chaos', null),
    });
    await fc.assert(
      fc.asyncProperty(
        fc.oneof(
          answer,
          right.map((one): unknown => ({ rows: [one] })),
        ),
        async (found) => {
          const outcome = await outcomeOf(() => preflight(clientOf(found), undefined)).catch(
            (error: unknown) => ({ error }),
          );
          if ('error' in outcome) expect(outcome.error).toHaveProperty('permanent');
          else
            expect(found).toEqual({
              rows: [
                {
                  pid: 1,
                  in_recovery: false,
                  taken: false,
                  server_version_num: 180_004,
                  isolation: 'read committed',
                },
              ],
            });
        },
      ),
      { numRuns: 5_000 },
    );
  });
});
