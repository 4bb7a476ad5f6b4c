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
 * How long a look may take, in milliseconds. A newcomer asks within 200 ms who leads, and a leader that has just answered
 * another does so within 600 ms (discovery.ts); the rest is for the way. Whoever has not said so by then is learned the next time.
 */
const LOOK = 1_000;

/** Anybody may say that a place is free, as often as they like; so often a look tries for it. */
const MOST_TRIES = 4;

/** How long handing a place on may keep an instance from ending, in milliseconds: as long as its goodbye to the server. */
const HAND_ON = 1_000;

/** Each look comes earlier than `reserveInterval` by up to this share of it, so that a fleet does not look in step. */
const EARLIER = 0.2;

interface ReserveSetup {
  /** The keys of the fleet's places; none where this instance only observes. */
  readonly places: readonly bigint[];
  readonly elections: readonly Election[];
  readonly orphans: OrphanedSessions;
  readonly timings: Timings;
  readonly clock: Clock;
  readonly random: Random;
}

/**
 * Lets so many instances of a fleet keep a session as there are places; the others look in now and then.
 *
 * A place is an advisory lock of the session. So it is free when the session ends, for whatever reason, and no two sessions
 * have it. Nothing of the elections depends on it: who has a place contends as everybody does without places.
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
   * Takes a place for a fresh session, or finds out who leads. Both end early when `stop` aborts or the session ends.
   *
   * @returns whether the session has a place
   */
  async admit(open: OpenSession, discovery: LeaderDiscovery, stop: AbortSignal): Promise<boolean> {
    const { elections, orphans } = this.#setup;
    const { session } = open;
    // A dead session of this instance may have a place.
    await until(stop, orphans.use(session));
    if (await this.#take(session, stop)) return true;
    if (await this.#confirmLeaders(session, stop)) return false;
    if (session.ended || stop.aborted) return false;
    for (const election of elections) election.lookIn(open);
    discovery.ask();
    const end = session.openedAt + LOOK;
    for (let tries = 1; ; tries += 1) {
      const news = await this.#nextNews(session, end, tries < MOST_TRIES, stop);
      if (await this.#take(session, stop)) return true;
      if (news !== 'free') return false;
    }
  }

  /** Somebody says that it has freed its place. */
  onPlaceFree(key: bigint): void {
    if (this.#setup.places.includes(key)) this.#onFree.emit('free');
  }

  /**
   * Waits until it is time to look in, or this instance can end a dead session of its own, which may have a place. The first time
   * after a start, or when the server was away, is any within `reserveInterval`: the whole fleet may have begun together.
   */
  async rest(isFirst: boolean, stop: AbortSignal): Promise<void> {
    const { clock, orphans, random, timings } = this.#setup;
    const share = isFirst ? random() : 1 - EARLIER * random();
    await waitFor<void>(stop, (tell) => {
      // A socket would keep the process alive.
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

  /** Frees the place of a session that is about to be closed, and says so to those that look in at the moment. */
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

  /** One statement, so that a session never has two places; in any order, so that not all try the same first. */
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
   * Whether the sessions that led at the last look still hold the locks of all elections. That is the usual case, in which nobody
   * has to be asked: a notification takes a lock of the whole database at its commit.
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

  /** `over` when all leaders are known, the time is up or the session has ended; undefined when `stop` aborts. */
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

/** What a promise brings; undefined when `stop` aborts before, or it rejects because the session is over. */
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
