import type { Election as WholeElection } from '../election/election.js';
import type { HeirRule } from '../session/lock-poller.js';
import type { Session } from '../session/session.js';
import { IMBALANCE } from './rebalancer.js';

/** The part of an election that it uses. */
export type Election = Pick<WholeElection, 'events' | 'keys' | 'leader' | 'role' | 'successor'>;

/** After this many retry intervals without a change of leader, any instance may take a free heir lock. */
const EVERYBODY_HAS_TRIED = 4;

/**
 * Spreads the heir locks of each leader's elections over different instances, so that no single instance inherits
 * everything when the leader dies.
 *
 * An instance keeps its share of a leader's heir locks: their number divided by the number of other instances, rounded
 * up. In a balanced fleet, it keeps no more than it may inherit without leading too much, so that nothing has to move
 * after a death. It counts only itself and instances that lead an election. So the shares add up to at least the number of locks,
 * and another instance takes a lock that is given up at its next try. If a lock stays free nevertheless (a counted
 * instance may not be a candidate for that election), any instance takes it once the leaders have not changed for a
 * while.
 *
 * @internal
 */
export class HeirShares implements HeirRule {
  readonly #session: Session;
  readonly #elections: ReadonlyMap<bigint, Election>;
  readonly #instanceId: string;
  #leadersChangedAt: number;

  constructor(session: Session, elections: readonly Election[], instanceId: string) {
    this.#session = session;
    this.#elections = new Map(elections.map((election) => [election.keys.lock, election]));
    this.#instanceId = instanceId;
    this.#leadersChangedAt = this.#now;
    const offs = elections.map((election) =>
      election.events.on(({ type }) => {
        if (type === 'leader-changed') this.#leadersChangedAt = this.#now;
      }),
    );
    session.onEnd(() => {
      for (const off of offs) off();
    });
  }

  wanted(locks: readonly bigint[]): ReadonlySet<bigint> {
    if (locks.length === 0 || this.#isUnchangedFor(EVERYBODY_HAS_TRIED)) return new Set(locks);
    const excess = this.#excess();
    return new Set(locks.filter((lock) => (excess.get(this.#leaderOf(lock)) ?? -1) < 0));
  }

  /** Gives up surplus locks: newly granted ones at once, the others when the leaders have settled. */
  surplus(held: readonly bigint[], granted: readonly bigint[]): readonly bigint[] {
    if (this.#isUnchangedFor(EVERYBODY_HAS_TRIED)) return [];
    const left = this.#isUnchangedFor(1) ? held : granted;
    return [...this.#excess()].flatMap(([leader, excess]) =>
      left.filter((lock) => this.#leaderOf(lock) === leader).slice(0, Math.max(0, excess)),
    );
  }

  /** Without this, an instance that happens to try first could get the locks of all elections of a dead leader. */
  heirFirst(lock: bigint): boolean {
    return this.#elections.get(lock)?.successor !== this.#instanceId;
  }

  /** The number of heir locks of each leader that this instance holds beyond its share; negative if it holds fewer. */
  #excess(): Map<string | undefined, number> {
    const own = { led: 0, held: 0 };
    const ledBy = new Map([[this.#instanceId, own]]);
    for (const { leader, role } of this.#elections.values()) {
      if (!leader) continue;
      const counts = ledBy.get(leader.instanceId) ?? { led: 0, held: 0 };
      counts.led += 1;
      if (role === 'heir') counts.held += 1;
      ledBy.set(leader.instanceId, counts);
    }
    const others = Math.max(1, ledBy.size - 1);
    const all = [...ledBy.values()].map(({ led }) => led);
    const isBalanced = Math.max(...all) - Math.min(...all) < IMBALANCE;
    const total = all.reduce((sum, led) => sum + led, 0);
    const room = isBalanced ? Math.ceil(total / others) - own.led : Infinity;
    return new Map(
      [...ledBy].map(([leader, { led, held }]) => [
        leader,
        held - Math.min(Math.ceil(led / others), room),
      ]),
    );
  }

  #leaderOf(lock: bigint): string | undefined {
    return this.#elections.get(lock)?.leader?.instanceId;
  }

  #isUnchangedFor(retryIntervals: number): boolean {
    return (
      this.#now - this.#leadersChangedAt >= retryIntervals * this.#session.timings.retryInterval
    );
  }

  get #now(): number {
    return this.#session.clock.now().monotonic;
  }
}
