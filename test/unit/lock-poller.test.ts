import { describe, expect, it } from '@jest/globals';
import { LockPoller, type Acquisition, type HeirRule } from '../../lib/core/session/lock-poller.js';
import { Session } from '../../lib/core/session/session.js';
import { defaultTimings } from '../../lib/core/model/timings.js';
import { ManualClock, settle } from '../support/manual-clock.js';
import { ScriptedConnection } from '../support/scripted-connection.js';
import type { ElectionKeys } from '../../lib/core/model/election-setup.js';
import type { Granted, LockTry } from '../../lib/core/port/locks.js';

const { heirInterval, retryInterval } = defaultTimings;

/** Without jitter: `random` is in the middle of its range. */
const middle = () => 0.5;

function openPolling(rule?: HeirRule, random = middle) {
  const clock = new ManualClock();
  const connection = new ScriptedConnection(clock);
  const poller = new LockPoller(new Session(connection, clock, defaultTimings), random, rule);
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
  const won: Acquisition[] = [];
  let isHeir = false;
  return {
    keys,
    got,
    won,
    heir: () => isHeir,
    onHeir: (now: boolean) => {
      isHeir = now;
      got.push(now ? 'heir' : 'no heir');
    },
    onLock: (acquisition: Acquisition) => {
      won.push(acquisition);
      got.push('lock');
    },
  };
}

/** Two standbys that have tried once, which counts no longer. */
async function twoStandbys(random = middle) {
  const polling = openPolling(undefined, random);
  polling.poller.contend(contender(1n));
  polling.poller.contend(contender(2n));
  await polling.clock.run(0);
  polling.tries.length = 0;
  return polling;
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

  it('begins its rhythm anew when a hint has made all standbys try', async () => {
    const { clock, poller, tries } = openPolling();
    poller.contend(contender(1n));
    poller.contend(contender(2n));
    await clock.run(retryInterval / 2);
    poller.retrySoon(1n, 0);
    poller.retrySoon(2n, 0);
    await clock.run(retryInterval - 1);
    expect(tries).toHaveLength(2);
    await clock.run(1);
    expect(tries.map((wanted) => wanted.length)).toEqual([2, 2, 2]);
  });

  it('begins it anew also where there are heirs, which have one of their own', async () => {
    const { clock, poller, tries, grant } = openPolling();
    grant('heir');
    poller.contend(contender(1n));
    poller.contend(contender(2n));
    await clock.run(retryInterval / 2 + 1);
    tries.length = 0;
    poller.retrySoon(2n, 0);
    await clock.run(retryInterval);
    const moments = tries.filter((wanted) => wanted.some(({ lock }) => lock === 2n));
    expect(moments).toHaveLength(2);
    await clock.run(retryInterval / 2);
    expect(tries.filter((wanted) => wanted.some(({ lock }) => lock === 2n))).toHaveLength(2);
  });

  it('keeps its rhythm when a hint has made one standby of two try', async () => {
    const { clock, poller, tries } = openPolling();
    poller.contend(contender(1n));
    poller.contend(contender(2n));
    await clock.run(retryInterval / 2);
    poller.retrySoon(1n, 0);
    await clock.run(retryInterval / 2);
    expect(tries.map((wanted) => wanted.length)).toEqual([2, 1, 2]);
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

  it('reports how the lock was acquired: at the first try, after it was held, or as the heir', async () => {
    const { clock, poller, grant } = openPolling();
    const [first, later, heir] = [contender(1n), contender(2n), contender(3n)];
    grant('lock', undefined, 'heir', 'lock', 'lock');
    for (const one of [first, later, heir]) poller.contend(one);
    await clock.run(heirInterval);
    await clock.run(retryInterval - heirInterval);
    expect(first.won).toEqual([{ wasHeir: false, takenAt: undefined }]);
    expect(heir.won).toEqual([{ wasHeir: true, takenAt: 0 }]);
    expect(later.won).toEqual([{ wasHeir: false, takenAt: 0 }]);
  });

  it('hurries the lock that may have become free, and no other', async () => {
    const { clock, poller, tries } = await twoStandbys();
    await clock.run(1);
    poller.retrySoon(2n, 100);
    await clock.run(100);
    expect(tries).toEqual([[{ lock: 2n, heir: -2n }]]);
  });

  it('keeps to the moment for which standbys were hurried first, where it is soon enough', async () => {
    const chances = [0.5, 0, 0.5, 0.5, 0.25];
    const { clock, poller, tries } = await twoStandbys(() => chances.shift() ?? 0.5);
    await clock.run(10);
    poller.retrySoon(1n, 100); // At once.
    poller.retrySoon(2n, 100);
    await clock.run(0);
    expect(tries.map(({ length }) => length)).toEqual([2]);
    await clock.run(1);
    poller.retrySoon(1n, 100); // In 50 ms.
    poller.retrySoon(2n, 50);
    await clock.run(49);
    expect(tries).toHaveLength(1);
    await clock.run(1);
    expect(tries.map(({ length }) => length)).toEqual([2, 2]);
  });

  it('tries for all heirs in one statement, whenever they became it', async () => {
    const { clock, poller, tries, grant } = openPolling();
    grant('heir', 'heir');
    poller.contend(contender(1n));
    await clock.run(1.4 * heirInterval);
    grant('heir');
    poller.contend(contender(2n));
    await clock.run(0);
    tries.length = 0;
    await clock.run(2 * heirInterval);
    expect(tries.map(({ length }) => length)).toEqual([2, 2]);
  });

  it('does not try later than it would have, however it is hurried', async () => {
    const { clock, poller, tries } = openPolling();
    poller.contend(contender(1n));
    await clock.run(retryInterval - 10);
    poller.retrySoon(1n, 100);
    await clock.run(10);
    expect(tries).toHaveLength(2);
  });

  it('asks nothing for one that has withdrawn', async () => {
    const { clock, poller, tries } = openPolling();
    const withdraw = poller.contend(contender(1n));
    withdraw();
    await clock.run(retryInterval);
    expect(tries).toEqual([]);
    expect(clock.pending).toBeLessThanOrEqual(2); // Those of the session.
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

  it("gives back an heir's place that it is granted after the contender has withdrawn", async () => {
    const { clock, connection, poller, unlocked, grant } = openPolling();
    connection.answering = false;
    grant('heir');
    const withdraw = poller.contend(contender(1n));
    await clock.run(0);
    withdraw();
    connection.pending.answer();
    await settle();
    connection.pending.answer();
    expect(unlocked).toEqual([-1n]);
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
    expect(clock.pending).toBe(0);
    await clock.run(10 * retryInterval);
    expect(tries).toHaveLength(1);
    expect(clock.pending).toBe(0);
  });
});

describe("a poller with a rule for the heirs' places", () => {
  const withRule = (rule: Partial<HeirRule>) =>
    openPolling({
      wanted: (locks) => new Set(locks),
      surplus: () => [],
      heirFirst: () => false,
      ...rule,
    });

  it('asks only for the places that are wanted', async () => {
    const { clock, poller, tries } = withRule({ wanted: () => new Set([2n]) });
    poller.contend(contender(1n));
    poller.contend(contender(2n));
    await clock.run(0);
    expect(tries).toEqual([
      [
        { lock: 1n, heir: undefined },
        { lock: 2n, heir: -2n },
      ],
    ]);
  });

  it('leaves what is too many, tells so, and tries these locks no more often than other standbys', async () => {
    const { clock, poller, tries, unlocked, grant } = withRule({
      surplus: (_held, granted) => granted.slice(1),
    });
    const both = [contender(1n), contender(2n)];
    grant('heir', 'heir');
    for (const one of both) poller.contend(one);
    await clock.run(0);
    expect(unlocked).toEqual([-2n]);
    expect(both.map(({ heir }) => heir())).toEqual([true, false]);
    tries.length = 0;
    await clock.run(10 * heirInterval);
    expect(tries.flat().every(({ lock }) => lock === 1n)).toBe(true);
  });

  it('leaves a lock that has become free to the heir, once', async () => {
    const { clock, poller, unlocked, grant } = withRule({ heirFirst: () => true });
    const one = contender(1n);
    poller.contend(one);
    await clock.run(0);
    grant('lock', 'lock');
    await clock.run(retryInterval);
    expect(unlocked).toEqual([1n]);
    expect(one.got).toEqual([]);
    await clock.run(retryInterval / 4);
    expect(one.got).toEqual(['lock']);
    expect(unlocked).toEqual([1n]);
  });

  it('leaves a lock to the heir once more after it was seen to be taken', async () => {
    const { clock, poller, unlocked, grant } = withRule({ heirFirst: () => true });
    const one = contender(1n);
    poller.contend(one);
    await clock.run(0);
    grant('lock', undefined, 'lock', 'lock');
    await clock.run(3 * retryInterval);
    expect(unlocked).toEqual([1n, 1n]);
    expect(one.got).toEqual(['lock']);
  });

  it('says of which elections it has no place yet', async () => {
    const asked: (readonly bigint[])[] = [];
    const { clock, poller, grant } = withRule({
      wanted: (locks) => {
        asked.push(locks);
        return new Set(locks);
      },
    });
    grant('heir');
    poller.contend(contender(1n));
    poller.contend(contender(2n));
    await clock.run(heirInterval);
    expect(asked).toEqual([[1n, 2n], []]);
  });

  it('looks for places that are too many when it has got one, and with the tries of the standbys', async () => {
    const asked: [held: readonly bigint[], granted: readonly bigint[]][] = [];
    const { clock, poller, grant } = withRule({
      surplus: (held, granted) => {
        asked.push([held, granted]);
        return [];
      },
    });
    grant('heir');
    poller.contend(contender(1n));
    poller.contend(contender(2n));
    await clock.run(3 * heirInterval);
    expect(asked).toEqual([[[1n], [1n]]]);
    asked.length = 0;
    await clock.run(3 * retryInterval - 3 * heirInterval);
    expect(asked).toEqual(Array(3).fill([[1n], []]));
  });

  it('looks for them as often where it is the heir everywhere', async () => {
    const asked: (readonly bigint[])[] = [];
    const { clock, poller, grant } = withRule({
      surplus: (held) => {
        asked.push(held);
        return [];
      },
    });
    grant('heir');
    poller.contend(contender(1n));
    await clock.run(3 * retryInterval);
    expect(asked).toEqual(Array(4).fill([1n]));
  });

  it('looks for them also where it has got one because of a hint', async () => {
    const asked: (readonly bigint[])[] = [];
    const { clock, poller, grant } = withRule({
      surplus: (_held, granted) => {
        asked.push(granted);
        return [];
      },
    });
    poller.contend(contender(1n));
    await clock.run(1);
    grant('heir');
    poller.retrySoon(1n, 0);
    await clock.run(0);
    expect(asked).toEqual([[], [1n]]);
  });

  it('retries a released heir lock only after retryInterval', async () => {
    const { clock, poller, tries, unlocked, grant } = withRule({ surplus: () => [1n] });
    grant('heir');
    poller.contend(contender(1n));
    await clock.run(retryInterval - 1);
    expect(tries).toHaveLength(1);
    await clock.run(1);
    expect(tries).toEqual(Array(2).fill([{ lock: 1n, heir: -1n }]));
    expect(unlocked).toEqual([-1n]);
  });

  it('takes a lock that was free from the beginning, and one for which it is the heir', async () => {
    const { clock, poller, unlocked, grant } = withRule({ heirFirst: () => true });
    const [first, second] = [contender(1n), contender(2n)];
    grant('lock', 'heir', 'lock');
    poller.contend(first);
    poller.contend(second);
    await clock.run(heirInterval);
    expect(first.got).toEqual(['lock']);
    expect(second.got).toEqual(['heir', 'lock']);
    expect(unlocked).toEqual([]);
  });
});

describe('a poller that is told who goes first', () => {
  it('gives back a lock that it gets although another is to go first by then', async () => {
    const { clock, connection, poller, unlocked, grant } = openPolling();
    const one = contender(1n);
    connection.answering = false;
    grant('lock');
    poller.contend(one);
    await clock.run(0);
    poller.giveWay(1n, retryInterval);
    connection.answering = true;
    connection.pending.answer();
    await settle();
    expect(unlocked).toEqual([1n]);
    expect(one.got).toEqual([]);
    grant('lock');
    await clock.run(retryInterval - 1);
    expect(one.got).toEqual([]);
    await clock.run(1);
    expect(one.got).toEqual(['lock']);
  });

  it('tries as often as an heir where it is the one, until it has the lock or its time is over', async () => {
    const { clock, poller, tries } = openPolling();
    poller.contend(contender(1n));
    await clock.run(0);
    tries.length = 0;
    poller.goFirst(1n, 4 * heirInterval);
    await clock.run(retryInterval / 2);
    expect(tries).toHaveLength(5);
  });

  it('leaves alone for a while the lock that another is to have first, and no other', async () => {
    const { clock, poller, tries } = await twoStandbys();
    poller.giveWay(1n, 2 * retryInterval);
    poller.retrySoon(1n, 0);
    await clock.run(2 * retryInterval - 1);
    expect(tries.flat().map(({ lock }) => lock)).toEqual([2n]);
    await clock.run(1);
    expect(tries.flat().map(({ lock }) => lock)).toEqual([2n, 1n, 2n]);
  });

  it('does not try sooner where another is to go first than it would have', async () => {
    const { clock, poller, tries } = openPolling();
    poller.contend(contender(1n));
    await clock.run(0);
    poller.giveWay(1n, 10);
    await clock.run(retryInterval - 1);
    expect(tries).toHaveLength(1);
  });

  it('polls only the lock for which it goes first, also after it gave way', async () => {
    const { clock, poller, tries } = await twoStandbys();
    poller.giveWay(1n, retryInterval);
    poller.goFirst(1n, retryInterval);
    await clock.run(3 * heirInterval);
    expect(tries.flat().map(({ lock }) => lock)).toEqual([1n, 1n, 1n, 1n]);
  });

  it("keeps an heir's place that it gets although another is to have the lock first by then", async () => {
    const { clock, connection, poller, unlocked, grant } = openPolling();
    const one = contender(1n);
    connection.answering = false;
    grant('heir');
    poller.contend(one);
    await clock.run(0);
    poller.giveWay(1n, retryInterval);
    connection.pending.answer();
    await settle();
    expect(one.got).toEqual(['heir']);
    expect(unlocked).toEqual([]);
  });

  it('keeps a lock that it gets in the moment in which its time to wait is over', async () => {
    const { clock, connection, poller, unlocked, grant } = openPolling();
    const one = contender(1n);
    connection.answering = false;
    grant('lock');
    poller.contend(one);
    await clock.run(0);
    poller.giveWay(1n, 100);
    await clock.run(100);
    connection.pending.answer();
    await settle();
    expect(one.got).toEqual(['lock']);
    expect(unlocked).toEqual([]);
  });

  it('tries a hundred locks that may have become free in one statement', async () => {
    let chance = 0;
    const { clock, poller, tries } = openPolling(undefined, () => (chance = (chance + 0.37) % 1));
    const locks = Array.from({ length: 100 }, (_, index) => BigInt(index));
    for (const lock of locks) poller.contend(contender(lock));
    await clock.run(0);
    tries.length = 0;
    for (const lock of locks) poller.retrySoon(lock, retryInterval / 4);
    await clock.run(retryInterval / 4);
    expect(tries.map(({ length }) => length)).toEqual([100]);
  });
});
