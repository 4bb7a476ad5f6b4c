import { describe, expect, it } from '@jest/globals';
import { LockPoller } from '../../lib/core/session/lock-poller.js';
import { Session } from '../../lib/core/session/session.js';
import { defaultTimings } from '../../lib/core/model/timings.js';
import { ManualClock, settle } from '../support/manual-clock.js';
import { ScriptedConnection } from '../support/scripted-connection.js';
import type { ElectionKeys } from '../../lib/core/model/election-setup.js';
import type { Granted, LockTry } from '../../lib/core/port/locks.js';

const { heirInterval, retryInterval } = defaultTimings;

/** Without jitter: `random` is in the middle of its range. */
const middle = () => 0.5;

function openPolling() {
  const clock = new ManualClock();
  const connection = new ScriptedConnection(clock);
  const poller = new LockPoller(new Session(connection, clock, defaultTimings), middle);
  const tries: (readonly LockTry[])[] = [];
  const unlocked: bigint[] = [];
  let grants: Granted[] = [];
  const { tryLocks, unlock } = connection;
  connection.tryLocks = async (wanted) => {
    tries.push(wanted);
    await tryLocks(wanted);
    return wanted.map(() => grants.shift());
  };
  connection.unlock = (locks) => {
    unlocked.push(...locks);
    return unlock(locks);
  };
  return {
    clock,
    connection,
    poller,
    tries,
    unlocked,
    /** What the next tries bring, one after the other. */
    grant: (...next: Granted[]) => (grants = next),
  };
}

function contender(lock: bigint) {
  const keys: ElectionKeys = { lock, heir: -lock };
  const got: string[] = [];
  return { keys, got, onHeir: () => got.push('heir'), onLock: () => got.push('lock') };
}

describe('poller', () => {
  it('tries at once, and then in every retry interval', async () => {
    const { clock, poller, tries } = openPolling();
    poller.contend(contender(1n));
    await clock.run(0);
    expect(tries).toEqual([[{ lock: 1n, heir: -1n }]]);
    await clock.run(3 * retryInterval);
    expect(tries).toHaveLength(4);
  });

  it('tries a hundred elections in one statement, whenever they joined', async () => {
    const { clock, poller, tries } = openPolling();
    for (let lock = 1n; lock <= 50n; lock += 1n) poller.contend(contender(lock));
    await clock.run(700);
    for (let lock = 51n; lock <= 100n; lock += 1n) poller.contend(contender(lock));
    await clock.run(0);
    expect(tries.map((wanted) => wanted.length)).toEqual([50, 50]);
    await clock.run(2 * retryInterval);
    expect(tries.map((wanted) => wanted.length)).toEqual([50, 50, 100, 100]);
  });

  it('tries often for an heir, and only the lock', async () => {
    const { clock, poller, tries, grant } = openPolling();
    const heir = contender(1n);
    grant('heir');
    poller.contend(heir);
    await clock.run(10 * heirInterval);
    expect(heir.got).toEqual(['heir']);
    expect(tries).toHaveLength(11);
    expect(tries.slice(1).flat()).toEqual(Array(10).fill({ lock: 1n, heir: undefined }));
  });

  it('never tries a lock again that it has been granted', async () => {
    const { clock, poller, tries, grant } = openPolling();
    const winner = contender(1n);
    grant('lock');
    poller.contend(winner);
    await clock.run(0);
    poller.retrySoon(1n, 0);
    await clock.run(5 * retryInterval);
    expect(winner.got).toEqual(['lock']);
    expect(tries).toHaveLength(1);
  });

  it('has one try under way at a time, also when it is hurried', async () => {
    const { clock, connection, poller, tries } = openPolling();
    connection.answering = false;
    poller.contend(contender(1n));
    await clock.run(0);
    poller.retrySoon(1n, 0);
    await clock.run(100);
    expect(tries).toHaveLength(1);
    connection.answering = true;
    connection.pending.answer();
    await settle();
    poller.retrySoon(1n, 0);
    await clock.run(0);
    expect(tries).toHaveLength(2);
  });

  it('takes a hint that comes while a try is under way', async () => {
    const { clock, connection, poller, tries } = openPolling();
    connection.answering = false;
    poller.contend(contender(1n));
    await clock.run(10);
    poller.retrySoon(1n, 20);
    connection.answering = true;
    connection.pending.answer();
    await clock.run(20);
    expect(tries).toHaveLength(2);
  });

  it('lets the heir try at once and standbys spread out when hurried', async () => {
    const { clock, poller, tries, grant } = openPolling();
    grant('heir', undefined);
    poller.contend(contender(1n));
    poller.contend(contender(2n));
    await clock.run(1);
    poller.retrySoon(1n, 100);
    poller.retrySoon(2n, 100);
    await clock.run(0);
    expect(tries.at(-1)).toEqual([{ lock: 1n, heir: undefined }]);
    await clock.run(50); // half of the spread
    expect(tries.flat()).toContainEqual({ lock: 2n, heir: -2n });
    expect(tries.filter((wanted) => wanted.some(({ lock }) => lock === 2n))).toHaveLength(2);
  });

  it('gives back what it is granted after the contender has withdrawn', async () => {
    const { clock, connection, poller, unlocked, grant } = openPolling();
    connection.answering = false;
    const gone = contender(1n);
    grant('lock');
    const withdraw = poller.contend(gone);
    await clock.run(0);
    withdraw();
    connection.answering = true;
    connection.pending.answer();
    await settle();
    expect(gone.got).toEqual([]);
    expect(unlocked).toEqual([1n]);
  });

  it('makes room for another heir when the heir withdraws', async () => {
    const { clock, poller, unlocked, grant } = openPolling();
    grant('heir');
    const withdraw = poller.contend(contender(1n));
    await clock.run(0);
    withdraw();
    withdraw();
    await settle();
    expect(unlocked).toEqual([-1n]);
  });

  it('stops, without a timer left, when the session is over', async () => {
    const { clock, connection, poller, tries } = openPolling();
    poller.contend(contender(1n));
    await clock.run(0);
    connection.close(new Error('gone'));
    await clock.run(10 * retryInterval);
    expect(tries).toHaveLength(1);
    expect(clock.pending).toBe(0);
  });
});
