import { Emitter } from '../common/emitter.js';
import type { Election, OpenSession } from '../election/election.js';
import type { Timings } from '../model/timings.js';
import type { Connection } from '../port/connection.js';
import type { Session } from '../session/session.js';
import type { Clock, Instant } from '../time/clock.js';
import type { Random } from '../time/jitter.js';
import { waitFor } from '../time/wait.js';
import type { LeaderDiscovery } from './discovery.js';
import type { OrphanedSessions } from './orphaned-sessions.js';

/**
 * How long a check-in may take, in milliseconds. It asks who leads within 200 ms, and a leader that has just answered
 * another instance answers within 600 ms (discovery.ts); the rest is for the network. Leaders that have not answered by
 * then are learned at the next check-in.
 */
const LOOK = 1_000;

/** The most tries for a place during a check-in: any client can announce a free place, any number of times. */
const MOST_TRIES = 4;

/**
 * How long handing on a place may delay the end of an instance, in milliseconds: as long as closing the connection may.
 */
const HAND_ON = 1_000;

/**
 * Each pause is shorter than `reserveInterval` by up to this fraction, so that a fleet does not check in at the same
 * time.
 */
const EARLIER = 0.2;

interface ReserveSetup {
  /** The keys of the fleet's places; empty if this instance only observes. */
  readonly places: readonly bigint[];
  readonly elections: readonly Election[];
  readonly orphans: OrphanedSessions;
  readonly timings: Timings;
  readonly clock: Clock;
  readonly random: Random;
}

/**
 * Limits how many instances of a fleet keep a session: one per place. The others check in periodically.
 *
 * A place is an advisory lock of the session. So it becomes free when the session ends, for whatever reason, and two
 * sessions never hold the same one. Elections do not depend on places: an instance with a place contends as it would
 * without a limit.
 *
 * @internal
 */
export class Reserve {
  readonly #setup: ReserveSetup;
  readonly #onFree = new Emitter<'free'>();
  /** The place of the last session that had one. */
  #place: bigint | undefined;

  constructor(setup: ReserveSetup) {
    this.#setup = setup;
  }

  /**
   * Takes a place for a new session or, if none is free, finds out who leads. Ends early when `stop` aborts or the
   * session ends.
   *
   * @returns whether the session has a place
   */
  async admit(open: OpenSession, discovery: LeaderDiscovery, stop: AbortSignal): Promise<boolean> {
    const { elections, orphans } = this.#setup;
    const { session } = open;
    // A dead session of this instance may still hold a place.
    await until(stop, orphans.use(session));
    if (await this.#take(session, stop)) return true;
    if (await this.#confirmLeaders(session, stop)) return false;
    if (session.ended || stop.aborted) return false;
    for (const election of elections) election.checkIn(open);
    discovery.ask();
    const end = session.openedAt + LOOK;
    for (let tries = 1; ; tries += 1) {
      const news = await this.#nextNews(session, end, tries < MOST_TRIES, stop);
      if (await this.#take(session, stop)) return true;
      if (news !== 'free') return false;
    }
  }

  /** Called when another instance has announced that it freed its place. */
  onPlaceFree(key: bigint): void {
    if (this.#setup.places.includes(key)) this.#onFree.emit('free');
  }

  /**
   * Waits until the next check-in, or until there is a dead session of this instance to terminate, which may hold a
   * place. The first pause after a start or an outage is random within `reserveInterval`, because the whole fleet may
   * have started together.
   */
  async rest(isFirst: boolean, stop: AbortSignal): Promise<void> {
    const { clock, orphans, random, timings } = this.#setup;
    const share = isFirst ? random() : 1 - EARLIER * random();
    await waitFor<void>(stop, (tell) => {
      // Keeps the process alive, as a socket would.
      const cancel = clock.after(timings.reserveInterval * share, tell, {
        keepsProcessAlive: true,
      });
      const off = orphans.onAdded(tell);
      return () => {
        cancel();
        off();
      };
    });
  }

  /** Frees the place of a session that is about to be closed, and announces it to instances that are checking in. */
  async handOn(session: Session): Promise<void> {
    const place = this.#place;
    if (place === undefined || session.ended) return;
    this.#place = undefined;
    const patience = new AbortController();
    const cancel = this.#setup.clock.after(HAND_ON, () => {
      patience.abort();
    });
    const announcement = { type: 'place-free', key: place } as const;
    await until(
      patience.signal,
      session.run((connection) => connection.unlockAndAnnounce([place], [announcement])),
    );
    cancel();
  }

  /**
   * Uses one statement, so that a session never holds two places, and a random order, so that instances start with
   * different ones.
   */
  async #take(session: Session, stop: AbortSignal): Promise<boolean> {
    const places = shuffled(this.#setup.places, this.#setup.random);
    if (places.length === 0 || session.ended || stop.aborted) return false;
    this.#place = await until(
      stop,
      session.run((connection) => connection.takeOne(places)),
    );
    return this.#place !== undefined;
  }

  /**
   * Whether the sessions that led at the last check-in still hold the locks of all elections. This is the usual case,
   * and it needs no notification, whose commit takes a database-wide lock.
   */
  async #confirmLeaders(session: Session, stop: AbortSignal): Promise<boolean> {
    const { clock, elections } = this.#setup;
    const known = elections.flatMap((election) => {
      const leader = election.leaderSession;
      return leader ? [{ election, leader }] : [];
    });
    let askedAt: Instant = clock.now();
    const locks = known.flatMap(({ election, leader }) => [election.keys.lock, leader.token]);
    const look = (connection: Connection) => {
      askedAt = clock.now();
      return connection.holders(locks);
    };
    const holders = locks.length === 0 ? [] : await until(stop, session.run(look));
    if (!holders) return false;
    const confirmed = new Set<Election>();
    known.forEach(({ election, leader: { pid } }, index) => {
      const [ofLock, ofToken] = holders.slice(2 * index);
      if (ofLock?.pid !== pid || ofToken?.pid !== pid) return;
      election.sawLeader(pid, { holder: ofLock, askedAt });
      confirmed.add(election);
    });
    for (const election of elections) if (!confirmed.has(election)) election.forgetLeader();
    return confirmed.size === elections.length;
  }

  /**
   * Resolves with `over` when all leaders are known, the time is up or the session has ended; undefined when `stop`
   * aborts.
   */
  #nextNews(
    session: Session,
    end: number,
    listens: boolean,
    stop: AbortSignal,
  ): Promise<'free' | 'over' | undefined> {
    const { clock, elections } = this.#setup;
    return waitFor<'free' | 'over'>(stop, (tell) => {
      const over = () => {
        tell('over');
      };
      const overIfKnown = () => {
        if (elections.every(({ leader }) => leader)) over();
      };
      const offs = [
        ...elections.map(({ events }) => events.on(overIfKnown)),
        ...(listens ? [this.#onFree.on(tell)] : []),
        session.onEnd(over),
        clock.after(Math.max(0, end - clock.now().monotonic), over),
      ];
      overIfKnown();
      return () => {
        for (const off of offs) off();
      };
    });
  }
}

/** The result of a promise; undefined if `stop` aborts first, or if it rejects because the session is over. */
function until<T>(stop: AbortSignal, promise: Promise<T>): Promise<T | undefined> {
  return waitFor<T | undefined>(stop, (tell) => {
    promise.then(tell, () => {
      tell(undefined);
    });
    return () => undefined;
  });
}

function shuffled<T>(items: readonly T[], random: Random): T[] {
  const keyed = items.map((item) => ({ item, at: random() }));
  return keyed.sort((one, other) => one.at - other.at).map(({ item }) => item);
}
