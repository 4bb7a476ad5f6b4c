import type { Election as WholeElection } from '../election/election.js';
import type { Announcement } from '../model/announcement.js';
import type { Session } from '../session/session.js';
import type { Cancel } from '../time/clock.js';
import { jitter, type Random } from '../time/jitter.js';

/** The difference in led elections at which an instance hands one over. */
export const IMBALANCE = 2;

/** How soon an instance checks the balance after a change of leader, in milliseconds, before jitter. */
const SOON = 200;

/**
 * How long an unanswered request counts, in milliseconds, in addition to the `retryInterval` that a leader may wait
 * before it resigns. Four times as long after each round without an answer.
 */
const UNANSWERED = 1_000;
const LONGEST_UNANSWERED = 60_000;

/** The part of an election that it uses. */
export type Election = Pick<
  WholeElection,
  'events' | 'isLeader' | 'keys' | 'leader' | 'resign' | 'role' | 'successor'
>;

/** The elections that an instance leads or is about to lead. */
interface Load {
  count: number;
  /** The elections that this instance may ask for. */
  readonly movable: Election[];
}

/**
 * Spreads the elections of a fleet over its instances.
 *
 * An instance that leads at least two elections fewer than another asks the busiest instances for as many as it lacks.
 * For each request, the leader compares the counts again. If the difference still exists, it resigns and names the
 * successor, so that the others let that instance contend first. So every move brings the fleet closer to balance, and
 * a balanced fleet is left alone.
 *
 * No instance needs a list of the fleet: leaders and successors are announced anyway. Lost requests are repeated.
 *
 * @internal
 */
export class Rebalancer {
  readonly #session: Session;
  readonly #elections: readonly Election[];
  readonly #instanceId: string;
  readonly #random: Random;
  /** The elections that this instance has asked for, and until when each request counts, in monotonic milliseconds. */
  readonly #asked = new Map<Election, number>();
  #unanswered = UNANSWERED;
  /** The instances that have asked for elections, and until when they count even if they lead nothing yet. */
  readonly #joining = new Map<string, number>();
  #cancelLook: Cancel = () => undefined;

  constructor(
    session: Session,
    elections: readonly Election[],
    { instanceId, random }: { readonly instanceId: string; readonly random: Random },
  ) {
    this.#session = session;
    this.#elections = elections;
    this.#instanceId = instanceId;
    this.#random = random;
    const offs = elections.map((election) =>
      election.events.on((event) => {
        if (event.type !== 'leader-changed') return;
        if (event.leader) {
          this.#asked.delete(election);
          this.#unanswered = UNANSWERED;
        }
        this.#lookAfter(jitter(SOON, random, 0.5));
      }),
    );
    session.onEnd(() => {
      this.#cancelLook();
      for (const off of offs) off();
    });
    // A new instance waits until it knows the leaders, and until a deployment has started other instances.
    this.#lookAfter(jitter(session.timings.retryInterval, random, 0.5));
  }

  /** Notes that another instance asks for elections, of this instance or others. */
  joins(instanceId: string): void {
    this.#joining.set(instanceId, this.#now + this.#answeredWithin(UNANSWERED));
  }

  /** Handles a request for an election that this instance leads. */
  async handOver(election: Election, successor: string): Promise<void> {
    if (!election.isLeader || successor === this.#instanceId) return;
    const loads = this.#loads();
    const ours = loads.get(this.#instanceId)?.count ?? 0;
    const theirs = loads.get(successor)?.count ?? 0;
    if (ours - theirs < IMBALANCE) return;
    // Neither side may end up beyond its fair share: other instances may be asking, or be asked, at the same time.
    const all = [...loads.values()].reduce((sum, { count }) => sum + count, 0);
    const share = all / loads.size;
    if (ours <= Math.floor(share) || theirs >= Math.ceil(share)) return;
    await election.resign(successor);
  }

  #lookAfter(milliseconds: number): void {
    this.#cancelLook();
    if (this.#session.ended) return;
    this.#cancelLook = this.#session.clock.after(milliseconds, () => {
      this.#look();
    });
  }

  /** Asks for as many elections as this instance lacks. */
  #look(): void {
    const { shared } = this.#session;
    const now = this.#now;
    for (const [election, until] of this.#asked) if (until <= now) this.#asked.delete(election);
    const wanted = this.#choose();
    if (wanted.length > 0) {
      const until = now + this.#answeredWithin(this.#unanswered);
      this.#unanswered = Math.min(4 * this.#unanswered, LONGEST_UNANSWERED);
      for (const { election } of wanted) this.#asked.set(election, until);
      shared
        .announce(wanted.map(({ election, leader }) => this.#request(election, leader)))
        .catch(() => undefined); // The session is over.
    }
    if (this.#asked.size > 0) this.#lookAfter(Math.max(...this.#asked.values()) - now);
  }

  get #now(): number {
    return this.#session.clock.now().monotonic;
  }

  /** Includes the time that a leader may have to wait until it has led long enough. */
  #answeredWithin(milliseconds: number): number {
    return this.#session.timings.retryInterval + milliseconds;
  }

  #request({ keys }: Election, leader: string): Announcement {
    return {
      type: 'resign-request',
      key: keys.lock,
      instanceId: leader,
      successor: this.#instanceId,
    };
  }

  /** Picks one election at a time from the instance that leads most by then, until another move would not pay off. */
  #choose(): { election: Election; leader: string }[] {
    const loads = this.#loads();
    const own = loads.get(this.#instanceId);
    const chosen: { election: Election; leader: string }[] = [];
    for (;;) {
      const movable = [...loads].filter(([, load]) => load.movable.length > 0);
      const most = Math.max(...movable.map(([, { count }]) => count));
      const busiest = movable.find(([, { count }]) => count === most);
      if (!own || !busiest || most - own.count < IMBALANCE) return chosen;
      const [leader, load] = busiest;
      const [election] = load.movable.splice(Math.floor(this.#random() * load.movable.length), 1);
      if (election) chosen.push({ election, leader });
      load.count -= 1;
      own.count += 1;
    }
  }

  /** The loads of all known instances. */
  #loads(): Map<string, Load> {
    const loads = new Map<string, Load>();
    const loadOf = (instanceId: string) => {
      const load = loads.get(instanceId) ?? { count: 0, movable: [] };
      loads.set(instanceId, load);
      return load;
    };
    loadOf(this.#instanceId);
    for (const [instanceId, until] of this.#joining)
      if (until > this.#now) loadOf(instanceId);
      else this.#joining.delete(instanceId);
    for (const election of this.#elections) {
      const { leader, role, successor } = election;
      const isAsked = this.#asked.has(election);
      const next = isAsked ? this.#instanceId : (successor ?? leader?.instanceId);
      if (next === undefined) continue;
      const load = loadOf(next);
      load.count += 1;
      const isOpen = !isAsked && successor === undefined && leader !== undefined;
      if (isOpen && (role === 'standby' || role === 'heir')) load.movable.push(election);
    }
    return loads;
  }
}
