import type { Election as WholeElection } from '../election/election.js';
import type { HeirRule } from '../session/lock-poller.js';
import type { Session } from '../session/session.js';

/** What it looks at in an election. */
export type Election = Pick<WholeElection, 'events' | 'keys' | 'leader' | 'role' | 'successor'>;

/** How many retry intervals after a change of leaders a place that nobody has taken is anybody's. */
const EVERYBODY_HAS_TRIED = 4;

/**
 * Lets the heirs' places of each leader settle on different instances, so that not one of them gets all that a dead leader leaves.
 *
 * An instance keeps its share of a leader's places: as many as each has where all other instances have equally many. It knows
 * those that lead something, and itself. So the shares of all instances are never less than the places, and those that one
 * leaves are taken by another at its next try. Where all are thought to have their share and there is still a place that nobody has (an
 * instance that leads may be no candidate here), anybody takes it when the leaders have not changed for a while.
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

  /** Of those that have just been taken, at once; of the others, when the leaders have settled. */
  surplus(held: readonly bigint[], granted: readonly bigint[]): readonly bigint[] {
    if (this.#isUnchangedFor(EVERYBODY_HAS_TRIED)) return [];
    const left = this.#isUnchangedFor(1) ? held : granted;
    return [...this.#excess()].flatMap(([leader, excess]) =>
      left.filter((lock) => this.#leaderOf(lock) === leader).slice(0, Math.max(0, excess)),
    );
  }

  /** Whoever gets the lock by chance gets those of all elections of a leader that dies, and the heirs have shared them. */
  heirFirst(lock: bigint): boolean {
    return this.#elections.get(lock)?.successor !== this.#instanceId;
  }

  /** How many places of each leader this instance has beyond its share; below 0 where it has fewer. */
  #excess(): Map<string | undefined, number> {
    const ledBy = new Map<string, { led: number; held: number }>();
    for (const { leader, role } of this.#elections.values()) {
      if (!leader) continue;
      const counts = ledBy.get(leader.instanceId) ?? { led: 0, held: 0 };
      counts.led += 1;
      if (role === 'heir') counts.held += 1;
      ledBy.set(leader.instanceId, counts);
    }
    const others = new Set([...ledBy.keys(), this.#instanceId]).size - 1;
    return new Map(
      [...ledBy].map(([leader, { led, held }]) => [
        leader,
        held - Math.ceil(led / Math.max(1, others)),
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
