import { describe, expect, it } from '@jest/globals';
import { testDatabase } from '../../support/database.js';
import { join, type Asked, type Member } from '../../support/fleet.js';
import { eventually } from '../../support/timeline.js';

const database = await testDatabase();

const named = (count: number) => Array.from({ length: count }, (_, index) => `orders-${index}`);

const elections = named(24);

/** Who began to lead what and who no longer did, in order; fails where two lead an election at a time. */
function journalOf(fleet: readonly Member[]) {
  const journal: {
    readonly type: 'elected' | 'demoted';
    readonly who: string;
    readonly what: string;
  }[] = [];
  const overlaps: string[] = [];
  for (const member of fleet) {
    member.elections.forEach((election, index) =>
      election.events.on(({ type }) => {
        if (type !== 'elected' && type !== 'demoted') return;
        journal.push({ type, who: member.name, what: election.name });
        const leaders = fleet.filter((one) => one.elections[index]?.isLeader);
        if (leaders.length > 1) overlaps.push(election.name);
      }),
    );
  }
  return {
    overlaps,
    of: (type: 'elected' | 'demoted', who?: string) =>
      journal.filter((entry) => entry.type === type && (who === undefined || entry.who === who)),
  };
}

const counts = (fleet: readonly Member[]) => fleet.map(({ led }) => led.length);

const evenly = (fleet: readonly Member[], each: number) =>
  eventually(() => counts(fleet).every((count) => count === each));

/** The others are heirs of equally many of what an instance leads, give or take one. */
const heirsAreSpread = (fleet: readonly Member[]) =>
  eventually(() =>
    fleet.every((leader) => {
      const others = fleet.filter((one) => one !== leader);
      const share = leader.led.length / others.length;
      const places = others.map(({ elections: all }) => {
        const held = all.filter(({ name, role }) => role === 'heir' && leader.led.includes(name));
        return held.length;
      });
      return places.every((count) => count >= Math.floor(share) && count <= Math.ceil(share));
    }),
  );

/** Without what an instance sends at all times, however many elections it has: heartbeats, and tries. */
const beyondCalm = (asked: readonly Asked[]) =>
  asked.filter((name) => name !== 'heartbeat' && name !== 'tryLocks');

describe('24 elections with spread', () => {
  it('settle evenly on three instances, and exactly six move to a fourth', async () => {
    const fleet = ['a', 'b', 'c'].map((name) => join(name, { database, elections }));
    await evenly(fleet, 8);
    await heirsAreSpread(fleet);
    const d = join('d', { database, elections });
    const all = [...fleet, d];
    const journal = journalOf(all);
    await evenly(all, 6);
    await heirsAreSpread(all);
    expect(counts(all)).toEqual([6, 6, 6, 6]);
    const moves = journal
      .of('demoted')
      .map(({ who }) => who)
      .toSorted();
    const taken = journal.of('elected').map(({ who, what }) => `${what} by ${who}`);
    expect({ moves, taken }).toEqual({
      moves: ['a', 'a', 'b', 'b', 'c', 'c'],
      taken: Array(6).fill(expect.stringMatching(/ by d$/)),
    });
    expect(journal.overlaps).toEqual([]);
  });

  it('are shared by all others at once when one dies', async () => {
    const fleet = ['a', 'b', 'c', 'd'].map((name) => join(name, { database, elections }));
    await evenly(fleet, 6);
    await heirsAreSpread(fleet);
    const [dead, ...rest] = fleet as [Member, ...Member[]];
    const journal = journalOf(rest);
    await dead.die();
    await evenly(rest, 8);
    expect(rest.map(({ name }) => journal.of('elected', name).length)).toEqual([2, 2, 2]);
    expect(journal.of('demoted')).toEqual([]);
    expect(journal.overlaps).toEqual([]);
  });

  it('are handed over when one stops', async () => {
    const fleet = ['a', 'b', 'c', 'd'].map((name) => join(name, { database, elections }));
    await evenly(fleet, 6);
    await heirsAreSpread(fleet);
    const [stopping, ...rest] = fleet as [Member, ...Member[]];
    const journal = journalOf(fleet);
    await stopping.stop();
    await evenly(rest, 8);
    expect(rest.map(({ name }) => journal.of('elected', name).length)).toEqual([2, 2, 2]);
    expect(journal.of('demoted').map(({ who }) => who)).toEqual(Array(6).fill('a'));
    expect(journal.overlaps).toEqual([]);
  });
});

describe('100 elections with spread', () => {
  it('cost a few statements until all are led again after a death', async () => {
    const many = { database, elections: named(100) };
    const fleet = ['a', 'b', 'c'].map((name) => join(name, many));
    await eventually(() => counts(fleet).every((count) => count === 33 || count === 34));
    await heirsAreSpread(fleet);
    const [dead, ...rest] = fleet as [Member, ...Member[]];
    for (const member of rest) member.asked.length = 0;
    await dead.die();
    await eventually(() => counts(rest).reduce((sum, count) => sum + count, 0) === 100);
    expect(beyondCalm(rest.flatMap(({ asked }) => asked)).length).toBeLessThanOrEqual(10);
    // 33 or 34 each before, and half of the others: 16 or 17.
    expect(Math.min(...counts(rest))).toBeGreaterThanOrEqual(49);
  });

  it('are handed over in a few statements when an instance stops', async () => {
    const many = { database, elections: named(100) };
    const fleet = ['a', 'b'].map((name) => join(name, many));
    await eventually(() => counts(fleet).every((count) => count === 50));
    await heirsAreSpread(fleet);
    const [stopping, other] = fleet as [Member, Member];
    for (const member of fleet) member.asked.length = 0;
    await stopping.stop();
    await eventually(() => other.led.length === 100);
    const [given, taken] = [stopping, other].map(({ asked }) => beyondCalm(asked));
    expect(given?.length).toBeLessThanOrEqual(4);
    expect(taken?.length).toBeLessThanOrEqual(6);
  });
});
