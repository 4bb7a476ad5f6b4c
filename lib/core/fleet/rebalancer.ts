import type { Election as WholeElection } from '../election/election.js';
import type { Announcement } from '../model/announcement.js';
import type { Session } from '../session/session.js';
import type { Cancel } from '../time/clock.js';
import { jitter, type Random } from '../time/jitter.js';

/** How much more than another an instance has to lead before it hands one of its elections over. */
const IMBALANCE = 2;

/** How soon an instance looks again after a leader has changed, in milliseconds, give or take. */
const SOON = 200;

/**
 * For how long a request counts that has not been answered, beyond the `retryInterval` for which a leader may have to wait before it
 * resigns; four times as long each time that none of them is.
 */
const UNANSWERED = 1_000;
const LONGEST_UNANSWERED = 60_000;

/** What it looks at in an election, and does with it. */
export type Election = Pick<
  WholeElection,
  'events' | 'isLeader' | 'keys' | 'leader' | 'resign' | 'role' | 'successor'
>;

/** What an instance leads, or is about to. */
interface Load {
  count: number;
  /** Those of which it leads that this instance may ask for. */
  readonly movable: Election[];
}

/**
 * Lets the elections of a fleet settle on different instances.
 *
 * An instance that leads at least two elections fewer than another asks the busiest for as many as it lacks. Each of those looks at
 * its own count for each of the requests, resigns if the difference is still there, and names its successor, so that the others let
 * that one contend first. So every move brings the fleet closer to balance, and a fleet in balance is left alone.
 *
 * Nobody needs to know the whole fleet: who leads what is announced anyway, and who is to lead it next. A request that gets lost
 * is made again.
 *
 * @internal
 */
export class Rebalancer {
  readonly #session: Session;
  readonly #elections: readonly Election[];
  readonly #instanceId: string;
  readonly #random: Random;
  /** What this instance has asked for, and until when that counts, in monotonic milliseconds. */
  readonly #asked = new Map<Election, number>();
  #unanswered = UNANSWERED;
  /** Those that have asked for elections, and until when they count, also where they lead nothing yet. */
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
        this.#lookIn(jitter(SOON, random, 0.5));
      }),
    );
    session.onEnd(() => {
      this.#cancelLook();
      for (const off of offs) off();
    });
    // The newcomer waits until it knows who leads, and until a deployment has brought others too.
    this.#lookIn(jitter(session.timings.retryInterval, random, 0.5));
  }

  /** Another wants elections, maybe of other instances too. */
  joins(instanceId: string): void {
    this.#joining.set(instanceId, this.#now + this.#answeredWithin(UNANSWERED));
  }

  /** Another asks for an election that this instance leads. */
  async handOver(election: Election, successor: string): Promise<void> {
    if (!election.isLeader || successor === this.#instanceId) return;
    const loads = this.#loads();
    const ours = loads.get(this.#instanceId)?.count ?? 0;
    const theirs = loads.get(successor)?.count ?? 0;
    if (ours - theirs < IMBALANCE) return;
    // Neither beyond a fair share: others have asked as well, or are asked.
    const all = [...loads.values()].reduce((sum, { count }) => sum + count, 0);
    const share = all / loads.size;
    if (ours <= Math.floor(share) || theirs >= Math.ceil(share)) return;
    await election.resign(successor);
  }

  #lookIn(milliseconds: number): void {
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
    if (this.#asked.size > 0) this.#lookIn(Math.max(...this.#asked.values()) - now);
  }

  get #now(): number {
    return this.#session.clock.now().monotonic;
  }

  /** A leader may first have to wait until it has led for long enough. */
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

  /** One after the other from whoever leads most by then, until that is no longer worth a move. */
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

  /** Of every instance that is known. */
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
