import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { sum } from 'simple-statistics';
import { Emitter } from '../../lib/core/common/emitter.js';
import { HeirShares } from '../../lib/core/fleet/heir-shares.js';
import { Rebalancer } from '../../lib/core/fleet/rebalancer.js';
import type { Announcement } from '../../lib/core/model/announcement.js';
import type { LeaderElectionEvent } from '../../lib/core/model/events.js';
import type { LeaderInfo, Role } from '../../lib/core/model/instance-report.js';
import { defaultTimings } from '../../lib/core/model/timings.js';
import { Session } from '../../lib/core/session/session.js';
import { ManualClock, settle } from '../support/manual-clock.js';
import { ScriptedConnection } from '../support/scripted-connection.js';

const { retryInterval } = defaultTimings;

/** What this instance knows of an election; who leads it is up to the test. */
class Known {
  readonly events = new Emitter<LeaderElectionEvent>();
  readonly keys: { lock: bigint; heir: bigint };
  leader: LeaderInfo | undefined;
  successor: string | undefined;
  role: Role = 'standby';
  readonly resignedFor: (string | undefined)[] = [];

  constructor(lock: bigint) {
    this.keys = { lock, heir: -lock };
  }

  get isLeader(): boolean {
    return this.role === 'leader';
  }

  ledBy(instanceId: string): void {
    this.leader = { instanceId };
    this.successor = undefined;
    this.role = instanceId === 'one' ? 'leader' : 'standby';
    this.events.emit({
      type: 'leader-changed',
      leader: this.leader,
      election: String(this.keys.lock),
      at: new Date(0),
    });
  }

  resign(successor?: string): Promise<void> {
    this.resignedFor.push(successor);
    this.successor = successor;
    return Promise.resolve();
  }
}

/** The instance "one", and elections that are led by those whose names stand there. */
function fleetOf(...leaders: string[]) {
  const clock = new ManualClock();
  const connection = new ScriptedConnection(clock);
  const announced: (readonly Announcement[])[] = [];
  connection.announce = (announcements) => {
    announced.push(announcements);
    return Promise.resolve();
  };
  const session = new Session(connection, clock, defaultTimings);
  const elections = leaders.map((_, index) => new Known(BigInt(index + 1)));
  elections.forEach((election, index) => {
    election.ledBy(leaders[index] as string);
  });
  /** Whom it has asked, for how many elections, in each statement. */
  const asked = () =>
    announced.map((requests) => {
      const counts: Record<string, number> = {};
      for (const request of requests) {
        if (request.type === 'resign-request')
          counts[request.instanceId] = (counts[request.instanceId] ?? 0) + 1;
      }
      return counts;
    });
  return { announced, asked, clock, elections, session };
}

const times = (count: number, instanceId: string) => Array<string>(count).fill(instanceId);

describe('an instance that leads fewer elections than others', () => {
  const rebalancing = (...leaders: string[]) => {
    const fleet = fleetOf(...leaders);
    const rebalancer = new Rebalancer(fleet.session, fleet.elections, {
      instanceId: 'one',
      random: () => 0.5,
    });
    return { ...fleet, rebalancer };
  };

  it('asks in one statement for all that it lacks, from each of the busiest', async () => {
    const { asked, clock } = rebalancing(...times(16, 'a'), ...times(16, 'b'), ...times(16, 'c'));
    await clock.run(retryInterval);
    expect(asked()).toEqual([{ a: 4, b: 4, c: 4 }]);
  });

  it('asks only those from whom a move brings the fleet closer to balance', async () => {
    const { asked, clock } = rebalancing(...times(9, 'a'), ...times(2, 'b'), 'one');
    await clock.run(retryInterval);
    expect(asked()).toEqual([{ a: 4 }]);
  });

  it('asks for nothing where the difference is below two', async () => {
    const { asked, clock } = rebalancing(...times(2, 'a'), ...times(2, 'b'), 'one');
    await clock.run(20 * retryInterval);
    expect(asked()).toEqual([]);
  });

  it('counts what it has asked for and what others have promised, and asks for none of it twice', async () => {
    const { announced, asked, clock, elections } = rebalancing(...times(6, 'a'), ...times(6, 'b'));
    await clock.run(retryInterval);
    expect(asked()).toEqual([{ a: 2, b: 2 }]);
    const wanted = elections.filter(({ keys }) =>
      announced[0]?.some((request) => 'key' in request && request.key === keys.lock),
    );
    for (const election of wanted) election.successor = 'one';
    wanted[0]?.ledBy('one');
    await clock.run(60_000);
    expect(asked()).toHaveLength(1);
  });

  it('asks again, less and less often, as long as nobody answers', async () => {
    const { asked, clock } = rebalancing(...times(4, 'a'));
    await clock.run(retryInterval + 10_000);
    expect(asked()).toEqual([{ a: 2 }, { a: 2 }, { a: 2 }]);
    await clock.run(600_000);
    expect(asked().length).toBeLessThan(15);
  });

  it('leaves no timer when the session is over', async () => {
    const { clock, session } = rebalancing(...times(4, 'a'));
    await clock.run(retryInterval);
    session.end('conn_lost');
    expect(clock.pending).toBe(0);
  });

  it('hands over one election after the other until it has no more than its share', async () => {
    const { elections, rebalancer } = rebalancing(
      ...times(16, 'one'),
      ...times(16, 'a'),
      ...times(16, 'b'),
    );
    rebalancer.joins('new');
    const own = elections.filter(({ isLeader }) => isLeader);
    await Promise.all(own.map((election) => rebalancer.handOver(election, 'new')));
    expect(own.flatMap(({ resignedFor }) => resignedFor)).toEqual(times(4, 'new'));
  });

  it('shares what it hands over among all who ask at the same time', async () => {
    const { elections, rebalancer } = rebalancing(...times(12, 'one'));
    for (const name of ['a', 'b']) rebalancer.joins(name);
    for (const name of ['a', 'b'])
      await Promise.all(elections.map((election) => rebalancer.handOver(election, name)));
    expect(elections.flatMap(({ resignedFor }) => resignedFor).toSorted()).toEqual([
      ...times(4, 'a'),
      ...times(4, 'b'),
    ]);
  });

  it('keeps everything where the difference is below two', async () => {
    const { elections, rebalancer } = rebalancing('one', 'one', 'a');
    await Promise.all(elections.map((election) => rebalancer.handOver(election, 'a')));
    expect(elections.flatMap(({ resignedFor }) => resignedFor)).toEqual([]);
  });
});

describe("shares of the heirs' places", () => {
  const sharing = (...leaders: string[]) => {
    const fleet = fleetOf(...leaders);
    const shares = new HeirShares(fleet.session, fleet.elections, 'one');
    const locks = fleet.elections.map(({ keys }) => keys.lock);
    const becomeHeir = (...of: number[]) => {
      for (const index of of) (fleet.elections[index] as Known).role = 'heir';
    };
    return { ...fleet, shares, locks, becomeHeir };
  };
  const ofA = [0, 1, 2, 3];

  it('are as many of each leader as all other instances that lead something would have', () => {
    const { shares, locks, becomeHeir } = sharing(...times(4, 'a'), 'b', 'one');
    expect([...shares.wanted(locks.slice(0, 4))]).toEqual([1n, 2n, 3n, 4n]);
    becomeHeir(0, 1);
    expect([...shares.wanted([3n, 4n, 5n])]).toEqual([5n]);
  });

  /** How many places of a leader an instance keeps after a try that brought it all of them. */
  const kept = (leaders: readonly string[], instance: string, leader: string) => {
    const { session, elections } = fleetOf(...leaders);
    for (const election of elections)
      if (election.leader?.instanceId === leader) election.role = 'heir';
    const shares = new HeirShares(session, elections, instance);
    const granted = elections.filter(({ role }) => role === 'heir').map(({ keys }) => keys.lock);
    return granted.length - shares.surplus(granted, granted).length;
  };

  it('cover all places of a balanced fleet, and nobody inherits more than its share of all elections', () => {
    const fleets = fc.record({ size: fc.integer({ min: 2, max: 9 }), elections: fc.nat(40) });
    fc.assert(
      fc.property(fleets, ({ size, elections }) => {
        const leaders = Array.from({ length: elections }, (_, index) => `i${index % size}`);
        const ledBy = (name: string) => leaders.filter((leader) => leader === name).length;
        for (const dead of new Set(leaders)) {
          const others = [...new Set(leaders)].filter((name) => name !== dead);
          if (others.length === 0) continue;
          const inherited = others.map((name) => kept(leaders, name, dead));
          expect(sum(inherited)).toBeGreaterThanOrEqual(ledBy(dead));
          others.forEach((name, index) => {
            const most = Math.ceil(elections / others.length);
            expect(ledBy(name) + (inherited[index] ?? 0)).toBeLessThanOrEqual(most);
          });
        }
      }),
    );
  });

  it('are all places where nobody else is known', () => {
    const { shares, locks, becomeHeir } = sharing(...times(4, 'a'));
    becomeHeir(0, 1, 2);
    expect([...shares.wanted(locks)]).toEqual(locks);
    becomeHeir(3);
    expect(shares.surplus(locks, locks)).toEqual([]);
  });

  it('are not exceeded by what a try has brought', () => {
    const { shares, locks, becomeHeir } = sharing(...times(4, 'a'), 'b', 'one');
    becomeHeir(...ofA);
    expect(shares.surplus(locks.slice(0, 4), [2n, 3n, 4n])).toEqual([2n, 3n]);
  });

  it('are given back when leaders have changed, but not at once', async () => {
    const { clock, elections, shares, locks, becomeHeir } = sharing(...times(4, 'a'), 'b', 'one');
    becomeHeir(...ofA);
    elections[5]?.ledBy('c'); // There are more who may have them.
    expect(shares.surplus(locks.slice(0, 4), [])).toEqual([]);
    await clock.run(retryInterval);
    expect(shares.surplus(locks.slice(0, 4), [])).toEqual([1n, 2n]);
  });

  it('are no limit any more where leaders have not changed for a while, so that no place stays empty', async () => {
    const { clock, shares, locks, becomeHeir } = sharing(...times(4, 'a'), 'b', 'one');
    becomeHeir(0, 1);
    expect([...shares.wanted([3n, 4n])]).toEqual([]);
    await clock.run(4 * retryInterval);
    expect([...shares.wanted([3n, 4n])]).toEqual([3n, 4n]);
    becomeHeir(...ofA);
    expect(shares.surplus(locks, [3n, 4n])).toEqual([]);
  });

  it('leave a lock to the heir, except that its last leader has chosen this instance', async () => {
    const { elections, shares } = sharing('a');
    expect(shares.heirFirst(1n)).toBe(true);
    (elections[0] as Known).successor = 'one';
    expect(shares.heirFirst(1n)).toBe(false);
    await settle();
  });
});
