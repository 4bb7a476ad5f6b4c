import type { Election } from '../election/election.js';
import type { Announcement } from '../model/announcement.js';
import type { LockPoller } from '../session/lock-poller.js';
import type { Cancel } from '../time/clock.js';
import { jitter, type Random } from '../time/jitter.js';

/** How much more than another an instance has to lead before it hands one of its elections over. */
const IMBALANCE = 2;

/** How soon an instance looks again after a leader has changed, in milliseconds, give or take. */
const SOON = 200;

/**
 * Lets the elections of a fleet settle on different instances.
 *
 * An instance that leads at least two elections fewer than another asks that one for one of them. The other looks at its
 * own count, resigns if the difference is still there, and names its successor, so that the others let that one contend first. So every move
 * brings the fleet closer to balance, and a fleet in balance is left alone.
 *
 * Nobody needs to know the whole fleet: who leads what is announced anyway. A request that gets lost costs nothing but
 * the balance.
 *
 * @internal
 */
export class Rebalancer {
  readonly #poller: LockPoller;
  readonly #elections: readonly Election[];
  readonly #instanceId: string;
  readonly #random: Random;
  /** What was promised to others, until somebody leads it. */
  readonly #promised = new Map<Election, string>();
  #cancelLook: Cancel = () => undefined;

  constructor(
    poller: LockPoller,
    elections: readonly Election[],
    { instanceId, random }: { readonly instanceId: string; readonly random: Random },
  ) {
    this.#poller = poller;
    this.#elections = elections;
    this.#instanceId = instanceId;
    this.#random = random;
    const { session } = poller;
    const offs = elections.map((election) =>
      election.events.on((event) => {
        if (event.type !== 'leader-changed') return;
        if (event.leader) this.#promised.delete(election);
        this.#lookIn(SOON);
      }),
    );
    session.onEnd(() => {
      this.#cancelLook();
      for (const off of offs) off();
    });
    // The newcomer waits until it knows who leads, and until a deployment has brought others too.
    this.#lookIn(session.timings.retryInterval);
  }

  /** Another asks for an election that this instance leads. */
  async handOver(election: Election, successor: string): Promise<void> {
    if (!election.isLeader || successor === this.#instanceId) return;
    const difference = this.#ledBy(this.#instanceId) - this.#ledBy(successor);
    if (difference < IMBALANCE) return;
    this.#promised.set(election, successor);
    await election.resign(successor);
  }

  #lookIn(milliseconds: number): void {
    const { session } = this.#poller;
    this.#cancelLook();
    if (session.ended) return;
    this.#cancelLook = session.clock.after(jitter(milliseconds, this.#random, 0.5), () => {
      this.#look();
    });
  }

  /** Asks the busiest of the leaders for one of its elections, if it leads so many more. */
  #look(): void {
    const wanted = this.#elections.filter(
      ({ leader, role }) =>
        leader &&
        (role === 'standby' || role === 'heir') &&
        this.#ledBy(leader.instanceId) - this.#ledBy(this.#instanceId) >= IMBALANCE,
    );
    const most = Math.max(...wanted.map(({ leader }) => this.#ledBy(leader?.instanceId)));
    const ofBusiest = wanted.filter(({ leader }) => this.#ledBy(leader?.instanceId) === most);
    const election = ofBusiest[Math.floor(this.#random() * ofBusiest.length)];
    if (!election?.leader) return;
    const request: Announcement = {
      type: 'resign-request',
      key: election.keys.lock,
      instanceId: election.leader.instanceId,
      successor: this.#instanceId,
    };
    this.#poller.session.run((connection) => connection.announce([request])).catch(() => undefined);
  }

  /** How many elections an instance leads, or is about to. */
  #ledBy(instanceId: string | undefined): number {
    return this.#elections.filter((election) => {
      const promisedTo = this.#promised.get(election);
      return (promisedTo ?? election.leader?.instanceId) === instanceId;
    }).length;
  }
}
