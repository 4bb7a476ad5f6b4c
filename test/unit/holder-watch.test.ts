import { describe, expect, it } from '@jest/globals';
import type { Announcement } from '../../lib/core/model/announcement.js';
import { HolderLookup } from '../../lib/core/session/holder-lookup.js';
import {
  HolderWatch,
  isUninterrupted,
  type Claim,
  type Resignation,
} from '../../lib/core/election/holder-watch.js';
import { silentLogger } from '../../lib/core/common/logger.js';
import { Session } from '../../lib/core/session/session.js';
import { defaultTimings } from '../../lib/core/model/timings.js';
import { ManualClock, settle } from '../support/manual-clock.js';
import { ScriptedConnection } from '../support/scripted-connection.js';

const acquired: Claim = { type: 'acquired', key: 1n, instanceId: 'another' };
const elected = (instanceId: string): Claim => ({
  type: 'elected',
  key: 1n,
  leader: { instanceId, term: 1n },
});

/** Processes of the server: two that may hold the lock, and a stranger. */
const HOLDER = 7;
const ANOTHER = 8;
const STRANGER = 99;

/** Longer than a look that was caused by a message waits. */
const SOON = 1_000;

/** A watch on a connection whose answers are up to the test. */
async function watching({ holder }: { holder?: number } = {}) {
  const clock = new ManualClock();
  const connection = new ScriptedConnection(clock);
  connection.answering = false;
  const session = new Session(connection, clock, defaultTimings);
  const leaders: [pid: number, type: Announcement['type'] | undefined][] = [];
  const news: number[] = [];
  const watch = new HolderWatch({
    session,
    holders: new HolderLookup(session, () => 0.5),
    lock: 1n,
    sharesKey: false,
    logger: silentLogger,
    onLeader: (pid, { claim, again, seen }) => {
      leaders.push([pid, claim?.type]);
      if (again && seen) news.push(pid);
    },
    onAcquired: () => undefined,
    onFree: () => leaders.push([0, undefined]),
  });
  const looks = () => connection.statements.filter((name) => name === 'holders').length;
  const show = async (pid: number | undefined) => {
    connection.pending.answer([pid === undefined ? undefined : { pid, silence: 0 }]);
    await settle();
  };
  await settle();
  expect(connection.statements).toEqual(['holders']);
  if (holder !== undefined) await show(holder);
  return { clock, connection, session, watch, leaders, news, looks, show };
}

/** The lock is ours: what is known of a resignation then. */
function taken(watch: HolderWatch): Resignation | undefined {
  watch.acquired();
  return watch.resignation;
}

describe('a watch on the holder of a lock', () => {
  it('believes what the holder says of itself, and nobody else', async () => {
    const { watch, leaders } = await watching({ holder: HOLDER });
    watch.onClaim(HOLDER, elected('holder'));
    watch.onClaim(STRANGER, elected('stranger'));
    expect(leaders).toEqual([
      [HOLDER, undefined],
      [HOLDER, 'elected'],
    ]);
  });

  it('looks when another claims the lock, and believes the claim when that one holds it', async () => {
    const { clock, watch, leaders, show } = await watching({ holder: HOLDER });
    watch.onClaim(ANOTHER, elected('another'));
    await clock.run(SOON);
    await show(ANOTHER);
    expect(leaders.at(-1)).toEqual([ANOTHER, 'elected']);
  });

  it('looks once for the two claims that a new leader makes', async () => {
    const { clock, watch, leaders, looks, show } = await watching({ holder: HOLDER });
    watch.onClaim(ANOTHER, acquired);
    await clock.run(SOON);
    watch.onClaim(ANOTHER, elected('another'));
    await show(ANOTHER);
    await clock.run(SOON);
    expect(looks()).toBe(2); // the first of all, and one for both claims
    expect(leaders.at(-1)).toEqual([ANOTHER, 'elected']);
  });

  it('looks again for a claim that comes during a look from before this instance held the lock', async () => {
    const { clock, watch, leaders, show } = await watching({ holder: HOLDER });
    watch.onClaim(STRANGER, elected('stranger'));
    await clock.run(SOON);
    watch.acquired();
    watch.released(true);
    watch.onClaim(ANOTHER, elected('another'));
    await show(HOLDER);
    await show(ANOTHER);
    await clock.run(SOON);
    expect(leaders.at(-1)).toEqual([ANOTHER, 'elected']);
  });

  it('looks again when another process claims the lock during a look', async () => {
    const { clock, watch, leaders, looks, show } = await watching({ holder: HOLDER });
    watch.onClaim(STRANGER, elected('stranger'));
    await clock.run(SOON);
    watch.onClaim(ANOTHER, elected('another'));
    await show(HOLDER);
    await clock.run(SOON);
    expect(looks()).toBe(3);
    await show(ANOTHER);
    expect(leaders.at(-1)).toEqual([ANOTHER, 'elected']);
  });

  it('tells that a leader leads again, with the look that shows it and not with those that follow', async () => {
    const { clock, watch, leaders, news, show } = await watching({ holder: HOLDER });
    watch.onResigned(HOLDER);
    watch.onClaim(HOLDER, elected('the same'));
    await clock.run(SOON);
    await show(HOLDER);
    expect(leaders.at(-1)).toEqual([HOLDER, 'elected']);
    expect(news).toEqual([HOLDER]);
    const look = watch.look();
    await settle();
    await show(HOLDER);
    await look;
    expect(news).toEqual([HOLDER]);
  });

  it('does not tell that somebody leads who has only acquired the lock', async () => {
    const { clock, watch, leaders, show } = await watching();
    watch.onClaim(ANOTHER, acquired);
    await clock.run(SOON);
    await show(ANOTHER);
    expect(leaders).toEqual([]);
    watch.onClaim(ANOTHER, elected('another'));
    expect(leaders).toEqual([[ANOTHER, 'elected']]);
  });

  it('asks once at a time, and a few times a second, however many claims there are', async () => {
    const { clock, connection, watch, looks } = await watching({ holder: HOLDER });
    connection.answering = true;
    connection.holders = (locks) => {
      connection.sent.push({
        statement: 'holders',
        answer: () => undefined,
        fail: () => undefined,
      });
      return Promise.resolve(locks.map(() => ({ pid: HOLDER, silence: 0 })));
    };
    for (let i = 0; i < 10_000; i += 1) {
      watch.onClaim(STRANGER + (i % 300), acquired);
      if (i % 10 === 0) await clock.run(1);
    }
    expect(looks()).toBeLessThan(8);
    expect(watch.isHolder(HOLDER)).toBe(true);
  });
});

describe('a claim of the lock', () => {
  it('of the holder that has acquired it once more does not say that it leads', async () => {
    const { watch, leaders } = await watching({ holder: HOLDER });
    watch.onClaim(HOLDER, acquired);
    expect(leaders).toEqual([[HOLDER, undefined]]);
  });

  it('of another is nothing while the lock is ours', async () => {
    const { clock, watch, looks } = await watching({ holder: HOLDER });
    watch.acquired();
    watch.onClaim(ANOTHER, acquired);
    await clock.run(SOON);
    expect(looks()).toBe(1);
    watch.onResigned(HOLDER);
    watch.released(true);
    expect(watch.isVacant).toBe(true);
  });

  it('keeps the lock from being vacant', async () => {
    const { watch } = await watching({ holder: HOLDER });
    watch.onResigned(HOLDER);
    expect(watch.isVacant).toBe(true);
    watch.onClaim(ANOTHER, acquired);
    expect(watch.isVacant).toBe(false);
  });

  it.each([
    [256, false],
    [257, true],
  ])('is kept, of as many processes as a fleet has: %i', async (count, overflowed) => {
    const { watch } = await watching({ holder: HOLDER });
    watch.onResigned(HOLDER);
    for (let pid = 1_000; pid < 1_000 + count; pid += 1) watch.onClaim(pid, acquired);
    watch.onClaim(1_000, acquired); // It is known.
    const resignation = taken(watch);
    expect([resignation?.overflowed, resignation?.claimants.size]).toEqual([overflowed, 256]);
  });

  it('is looked at again where it came while the look was under way', async () => {
    const { clock, watch, looks, show } = await watching({ holder: HOLDER });
    watch.onClaim(ANOTHER, acquired);
    await clock.run(SOON);
    expect(looks()).toBe(2);
    watch.onClaim(STRANGER, acquired);
    await show(HOLDER);
    await clock.run(SOON);
    expect(looks()).toBe(3);
    await show(HOLDER);
    await clock.run(SOON);
    expect(looks()).toBe(3);
  });

  it('is forgotten once a later look has shown another, and not by one of before', async () => {
    const { clock, watch, show } = await watching({ holder: HOLDER });
    watch.onClaim(STRANGER, acquired);
    await clock.run(SOON);
    watch.onClaim(ANOTHER, acquired);
    await show(HOLDER);
    watch.onResigned(HOLDER);
    expect([...(taken(watch)?.claimants.keys() ?? [])]).toEqual([ANOTHER]);
  });
});

describe('a claim that comes in the moment in which the server is asked', () => {
  async function askedAndClaimed() {
    const watched = await watching({ holder: HOLDER });
    const { watch } = watched;
    watch.onClaim(ANOTHER, acquired);
    const look = watch.look();
    await settle();
    return { ...watched, look };
  }

  it('is looked at again, and counts until then', async () => {
    const { clock, look, looks, show, watch } = await askedAndClaimed();
    await show(HOLDER);
    await look;
    expect(looks()).toBe(2);
    await clock.run(SOON);
    expect(looks()).toBe(3);
    watch.onResigned(HOLDER);
    expect([...(taken(watch)?.claimants.keys() ?? [])]).toEqual([ANOTHER]);
  });

  it('counts no more where the server shows that it is true', async () => {
    const { look, show, watch } = await askedAndClaimed();
    await show(ANOTHER);
    await look;
    watch.onResigned(ANOTHER);
    expect(watch.isVacant).toBe(true);
  });
});

describe('the holder of a lock', () => {
  it('is not reported if it is this instance', async () => {
    const { connection, leaders, show } = await watching();
    await show(connection.identity.pid);
    expect(leaders).toEqual([]);
  });

  it('is known by what it said while it is the same, and no longer', async () => {
    const { watch, leaders, show } = await watching({ holder: HOLDER });
    watch.onClaim(HOLDER, elected('holder'));
    for (const pid of [HOLDER, ANOTHER]) {
      const look = watch.look();
      await settle();
      await show(pid);
      await look;
    }
    expect(leaders.slice(2)).toEqual([
      [HOLDER, 'elected'],
      [ANOTHER, undefined],
    ]);
  });

  it('is not known any more when the lock is free', async () => {
    const { watch, leaders, show } = await watching({ holder: HOLDER });
    const look = watch.look();
    await settle();
    await show(undefined);
    await look;
    expect(leaders.at(-1)).toEqual([0, undefined]);
    expect(watch.isHolder(HOLDER)).toBe(false);
  });

  it('has given the lock back although a later look shows it free, or held by another', async () => {
    const { clock, watch, leaders, show } = await watching({ holder: HOLDER });
    watch.onResigned(HOLDER);
    await clock.run(1);
    for (const pid of [undefined, ANOTHER]) {
      const look = watch.look();
      await settle();
      await show(pid);
      await look;
      expect(watch.isVacant).toBe(pid === undefined);
    }
    expect(leaders).toEqual([
      [HOLDER, undefined],
      [ANOTHER, undefined],
    ]);
  });

  it('has given the lock back where a look of before shows that it held it, and not where another did', async () => {
    for (const pid of [HOLDER, ANOTHER]) {
      const { watch, show } = await watching({ holder: HOLDER });
      const look = watch.look();
      await settle();
      watch.onResigned(HOLDER);
      await show(pid);
      await look;
      expect(watch.isVacant).toBe(pid === HOLDER);
    }
  });

  it('is looked for anew when the lock is no longer ours', async () => {
    const { watch, leaders, looks, show } = await watching({ holder: HOLDER });
    watch.acquired();
    watch.released(false);
    await settle();
    expect(looks()).toBe(2);
    await show(ANOTHER);
    expect(leaders.at(-1)).toEqual([ANOTHER, undefined]);
    expect(watch.isVacant).toBe(false);
  });
});

describe('a resignation', () => {
  it('counts when it comes from the process that was seen to hold the lock, and from no other', async () => {
    const { watch } = await watching({ holder: HOLDER });
    expect(watch.onResigned(STRANGER)).toBe(false);
    expect(watch.onResigned(HOLDER)).toBe(true);
    expect(watch.onResigned(HOLDER)).toBe(false);
    expect(taken(watch)).toBeDefined();
  });

  it('does not count while the holder is not known, also when the answer comes late', async () => {
    const { watch, show } = await watching();
    expect(watch.onResigned(HOLDER)).toBe(false);
    await show(HOLDER);
    expect(taken(watch)).toBeUndefined();
  });

  it('is not undone by an answer of the time before it', async () => {
    const { clock, watch, show } = await watching({ holder: HOLDER });
    watch.onClaim(STRANGER, acquired);
    await clock.run(SOON);
    watch.onResigned(HOLDER);
    await show(HOLDER);
    expect(taken(watch)).toBeDefined();
  });

  it('is over when another was seen to hold the lock after it', async () => {
    const { clock, watch, show } = await watching({ holder: HOLDER });
    watch.onResigned(HOLDER);
    watch.onClaim(ANOTHER, acquired);
    await clock.run(SOON);
    await show(ANOTHER);
    expect(taken(watch)).toBeUndefined();
  });

  it('happened after the last statement was sent that was answered before it was heard', async () => {
    const { clock, session, watch } = await watching({ holder: HOLDER });
    await clock.run(700);
    watch.onResigned(HOLDER);
    expect(taken(watch)?.after).toBe(session.lease.confirmedAt.monotonic);
  });

  it('names all who have claimed the lock since, also where a look found it free', async () => {
    const { clock, watch, show } = await watching({ holder: HOLDER });
    watch.onResigned(HOLDER);
    watch.onClaim(ANOTHER, acquired);
    await clock.run(SOON);
    await show(undefined);
    expect([...(taken(watch)?.claimants.keys() ?? [])]).toEqual([ANOTHER]);
  });

  it('counts when it is heard after the lock was had, from the one that was seen to hold it before', async () => {
    const { session, watch } = await watching({ holder: HOLDER });
    watch.onClaim(ANOTHER, acquired);
    expect(taken(watch)).toBeUndefined();
    expect(watch.onResigned(STRANGER)).toBe(false);
    expect(watch.resignation).toBeUndefined();
    expect(watch.onResigned(HOLDER)).toBe(false);
    expect([...(watch.resignation?.claimants.keys() ?? [])]).toEqual([ANOTHER]);
    expect(watch.resignation?.after).toBe(session.lease.confirmedAt.monotonic);
  });

  describe('whose message comes after a look that found the lock free', () => {
    async function vacated() {
      const watched = await watching({ holder: HOLDER });
      const { clock, watch, show } = watched;
      watch.onClaim(STRANGER, acquired);
      await clock.run(SOON);
      const askedAt = clock.now().monotonic;
      await show(undefined);
      return { ...watched, askedAt };
    }

    it('counts, from the asking on, and from no other process', async () => {
      const { watch, askedAt } = await vacated();
      expect(watch.onResigned(STRANGER)).toBe(false);
      expect(watch.onResigned(HOLDER)).toBe(true);
      const resignation = taken(watch);
      expect(resignation?.after).toBeLessThanOrEqual(askedAt);
      expect([...(resignation?.claimants.keys() ?? [])]).toEqual([STRANGER]);
    });

    it('counts when the lock was had in between', async () => {
      const { connection, clock, session, watch } = await vacated();
      const before = session.lease.confirmedAt.monotonic;
      connection.answering = true;
      await clock.run(defaultTimings.renewDeadline / 2);
      expect(session.lease.confirmedAt.monotonic).toBeGreaterThan(before);
      expect(taken(watch)).toBeUndefined();
      watch.onResigned(HOLDER);
      expect(watch.resignation?.after).toBe(before);
    });

    it('counts also where the lock is seen to be free once more', async () => {
      const { show, watch } = await vacated();
      const look = watch.look();
      await settle();
      await show(undefined);
      await look;
      expect(watch.onResigned(HOLDER)).toBe(true);
    });

    it('does not count when another was seen to hold the lock in between', async () => {
      const { clock, watch, show } = await vacated();
      watch.onClaim(ANOTHER, acquired);
      await clock.run(SOON);
      await show(ANOTHER);
      expect(watch.onResigned(HOLDER)).toBe(false);
      expect(taken(watch)).toBeUndefined();
    });
  });

  it('that is heard twice happened before it was heard first', async () => {
    const { clock, connection, session, watch } = await watching({ holder: HOLDER });
    const before = session.lease.confirmedAt.monotonic;
    watch.onResigned(HOLDER);
    connection.answering = true;
    await clock.run(defaultTimings.renewDeadline / 2);
    expect(session.lease.confirmedAt.monotonic).toBeGreaterThan(before);
    watch.acquired();
    watch.onResigned(HOLDER);
    expect(watch.resignation?.after).toBe(before);
  });

  it('does not count twice: for another term it must be heard again', async () => {
    const { clock, watch, show } = await watching({ holder: HOLDER });
    watch.acquired();
    watch.onResigned(HOLDER);
    watch.released(false);
    await clock.run(SOON);
    await show(undefined);
    watch.onResigned(HOLDER);
    expect(taken(watch)).toBeUndefined();
  });

  it('does not count when more have claimed the lock than are remembered', async () => {
    const { session, watch } = await watching({ holder: HOLDER });
    watch.onResigned(HOLDER);
    for (let pid = 1_000; pid < 2_000; pid += 1) watch.onClaim(pid, acquired);
    const resignation = taken(watch);
    expect(resignation?.overflowed).toBe(true);
    expect(resignation && (await isUninterrupted(resignation, session))).toBe(false);
  });
});

describe('whether nobody has held the lock since a resignation', () => {
  const cases: [string, { pid: number; age?: number; trusted: boolean }[], boolean][] = [
    [
      'a claimant that lives, and does not hold it',
      [{ pid: ANOTHER, age: 60_000, trusted: true }],
      true,
    ],
    [
      'a claimant that lives, of a role whose age can’t be seen',
      [{ pid: ANOTHER, trusted: false }],
      true,
    ],
    ['a claimant that is gone', [], false],
    [
      'a claimant whose number another process has by now',
      [{ pid: ANOTHER, age: 10, trusted: true }],
      false,
    ],
  ];

  it.each(cases)('%s', async (_what, senders, expected) => {
    const { clock, connection, session, watch } = await watching({ holder: HOLDER });
    watch.onResigned(HOLDER);
    watch.onClaim(ANOTHER, acquired);
    const resignation = taken(watch);
    if (!resignation) throw new Error('The resignation was not seen');
    connection.answering = true;
    await clock.run(50);
    connection.senders = () =>
      Promise.resolve(senders.map(({ age, ...sender }) => ({ age, ...sender })));
    expect(await isUninterrupted(resignation, session)).toBe(expected);
  });

  it.each([
    ['whose session lives: it holds its token', ANOTHER, true],
    ['whose session is gone, although its process lives, as behind a pooler', undefined, false],
    ['whose token a stranger holds by now', STRANGER, false],
  ])('a claimant %s', async (_what, pid, expected) => {
    const { connection, session, watch, show } = await watching({ holder: HOLDER });
    watch.onResigned(HOLDER);
    watch.onClaim(ANOTHER, { type: 'acquired', key: 1n, instanceId: 'another', token: 77n });
    watch.onClaim(ANOTHER, elected('another'));
    const resignation = taken(watch);
    if (!resignation) throw new Error('The resignation was not seen');
    connection.senders = () => Promise.resolve([{ pid: ANOTHER, age: 60_000, trusted: true }]);
    const uninterrupted = isUninterrupted(resignation, session);
    await settle();
    await show(pid);
    expect(await uninterrupted).toBe(expected);
  });

  it.each([
    ['all of them hold their tokens', [ANOTHER, STRANGER], true],
    ['one of them holds it no longer', [ANOTHER, undefined], false],
  ])('several claimants with tokens: %s', async (_what, pids, expected) => {
    const { connection, session, watch } = await watching({ holder: HOLDER });
    watch.onResigned(HOLDER);
    watch.onClaim(ANOTHER, { type: 'acquired', key: 1n, instanceId: 'another', token: 77n });
    watch.onClaim(STRANGER, { type: 'acquired', key: 1n, instanceId: 'stranger', token: 99n });
    const asked: (readonly bigint[])[] = [];
    connection.holders = (tokens) => {
      asked.push(tokens);
      return Promise.resolve(
        pids.map((pid) => (pid === undefined ? undefined : { pid, silence: 0 })),
      );
    };
    connection.senders = () => Promise.reject(new Error('No other has claimed it'));
    const resignation = taken(watch);
    expect(resignation && (await isUninterrupted(resignation, session))).toBe(expected);
    expect(asked).toEqual([[77n, 99n]]);
  });

  it.each([
    ['all of them have lived since', [60, 60], true],
    ['one of them has not', [60, 59], false],
  ])('several claimants without tokens: %s', async (_what, ages, expected) => {
    const { clock, connection, session, watch } = await watching({ holder: HOLDER });
    clock.freeze(1_000);
    connection.answering = true;
    watch.onResigned(HOLDER);
    const pids = [ANOTHER, STRANGER];
    for (const pid of pids) watch.onClaim(pid, acquired);
    const resignation = taken(watch);
    clock.freeze(60);
    connection.senders = () =>
      Promise.resolve(pids.map((pid, index) => ({ pid, age: ages[index], trusted: true })));
    expect(resignation && (await isUninterrupted(resignation, session))).toBe(expected);
  });

  it('needs no question where nobody has claimed it', async () => {
    const { connection, session, watch } = await watching({ holder: HOLDER });
    watch.onResigned(HOLDER);
    const resignation = taken(watch);
    expect(resignation && (await isUninterrupted(resignation, session))).toBe(true);
    expect(connection.statements).not.toContain('senders');
  });
});
