import { afterAll } from '@jest/globals';
import pg from 'pg';
import type { Announcement } from '../../../lib/core/model/announcement.js';
import { systemClock } from '../../../lib/core/time/clock.js';
import type { Connection } from '../../../lib/core/port/connection.js';
import { defaultTimings } from '../../../lib/core/model/timings.js';
import type { ConnectionOption } from '../../../lib/core/postgres/connection-options.js';
import { trialKey } from '../../../lib/core/postgres/lock-key.js';
import { PostgresConnector } from '../../../lib/core/postgres/postgres-connector.js';
import type { Pooler } from '../../../lib/core/postgres/preflight.js';
import { eventually } from '../timeline.js';
import type { Answer } from '../../../lib/core/port/transactions.js';

/** What another session holds: an election's lock and its heir's. */
export interface Taken {
  readonly pid: number;
  readonly lock: bigint;
  readonly heir: bigint;
}

const closing: (() => Promise<void>)[] = [];
afterAll(async () => {
  await Promise.all(closing.map((close) => close()));
});

/** Takes an election's locks, until the end of the test file. */
export async function takeLocks(url: string): Promise<Taken> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  closing.push(() => client.end());
  const [lock, heir] = [trialKey(), trialKey()];
  const { rows } = await client.query<{ pid: number }>(
    'SELECT pg_backend_pid() AS pid, pg_advisory_lock($1), pg_advisory_lock($2)',
    [String(lock), String(heir)],
  );
  return { pid: rows[0]?.pid ?? 0, lock, heir };
}

export interface EveryStatement {
  readonly connection: ConnectionOption;
  readonly taken: Taken;
  readonly pooler?: Pooler;
}

/** Needs every character that a wrong encoding would change. */
const instanceId = 'pod-ä-会-🦊';

/** Connects as instances do. */
export function connect({
  connection,
  pooler,
}: Omit<EveryStatement, 'taken'>): Promise<Connection> {
  return new PostgresConnector({
    connection,
    instanceId,
    pooler,
    timings: defaultTimings,
    clock: systemClock,
  }).connect(new AbortController().signal);
}

/**
 * Sends every statement that the election has on one connection, and says what came back; with the same server it is
 * always the same. Moments and numbers that differ each time are only told to be possible.
 */
export async function everyStatement({ taken, ...how }: EveryStatement) {
  const startedAt = performance.now();
  const connection = await connect(how);
  try {
    const { identity, server } = connection;
    const heard: Announcement[] = [];
    connection.onAnnouncement((announcement, sender) => {
      if (sender === identity.pid) heard.push(announcement);
    });
    const [lock, heir, nobodys] = [trialKey(), trialKey(), trialKey()];
    const acquired: Announcement = { type: 'acquired', key: lock, instanceId };
    const resigned: Announcement = { type: 'resigned', key: lock, instanceId, servedUntil: 1 };
    const leader = { instanceId, term: 2n ** 64n - 1n, since: new Date(0), address: 'x' };
    const elected: Announcement = { type: 'elected', key: lock, leader };

    await connection.heartbeat();
    const granted = await connection.tryLocks([
      { lock, heir },
      { lock: taken.lock, heir },
      { lock: taken.lock, heir: taken.heir },
      { lock: taken.lock },
      { lock: nobodys },
    ]);
    const holders = await connection.holders([lock, taken.lock, trialKey()]);
    const [sender, ...others] = await connection.senders([identity.pid, 0]);
    const terms = [
      ...(await connection.drawTerms([lock])),
      ...((await connection.drawTermsAndAnnounce([lock], [acquired])) ?? [0n]),
      ...(await connection.drawTerms([lock])),
    ];
    await connection.announce([elected, { type: 'who-leads' }]);
    // The server refuses it for its length.
    await connection.announce([{ ...acquired, instanceId: 'x'.repeat(9_000) }]);
    await connection.sendReport({
      instanceId,
      version: '1',
      startedAt: new Date(0),
      elections: [],
    });
    const answers = [
      await connection.begin(),
      await connection.query('SELECT $1::pg_catalog.text AS text', [instanceId]),
      await connection.restore(),
      await connection.commit(),
      await connection.begin(),
    ];
    await connection.rollback();
    // Of somebody else's process: nobody is ended.
    await connection.terminate({ pid: taken.pid, token: identity.token });
    const announced = await connection.unlockAndAnnounce([lock], [resigned]);
    await connection.unlock([heir, nobodys]);
    await connection.heartbeat();
    await eventually(() => heard.length >= 4);
    const left = await connection.holders([lock, heir, nobodys]);
    const lived = performance.now() - startedAt;
    return {
      granted,
      holders: holders.map((holder) => holder && whose(holder.pid, identity.pid, taken.pid)),
      silence: isWithin(holders[0]?.silence, lived),
      sender: sender && { ours: sender.pid === identity.pid, trusted: sender.trusted },
      age: isWithin(sender?.age, lived),
      others: others.length,
      termsGrow: terms.every((term, index) => index === 0 || term > (terms[index - 1] ?? 0n)),
      answers: answers.map(outcome),
      announced,
      heard: heard.map((one) => JSON.stringify(one, plain).replaceAll(String(lock), 'lock')),
      left: left.filter((holder) => holder !== undefined).length,
      uptime: server.uptime,
      replayed: server.replayed,
    };
  } finally {
    await connection.end();
  }
}

function whose(pid: number, ours: number, taken: number): string {
  if (pid === ours) return 'ours';
  return pid === taken ? 'taken' : `process ${pid}`;
}

/** A duration that the server told, as far as it can be checked here; undefined where this role may not see it. */
function isWithin(milliseconds: number | undefined, lived: number): string {
  if (milliseconds === undefined) return 'not told';
  return milliseconds >= 0 && milliseconds <= lived + 1 ? 'possible' : `${milliseconds}`;
}

function outcome(answer: Answer): unknown {
  return 'error' in answer ? answer.error.message : [answer.command, answer.rows];
}

const plain = (_: string, value: unknown) => (typeof value === 'bigint' ? String(value) : value);
