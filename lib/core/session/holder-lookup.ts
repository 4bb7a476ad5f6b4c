import type { Holder } from '../port/locks.js';
import type { Instant } from '../time/clock.js';
import type { Random } from '../time/jitter.js';
import { Throttle } from '../time/throttle.js';
import { deferred, type Deferred } from '../time/wait.js';
import type { Session } from './session.js';

/**
 * For lookups that any client can trigger: the longest random delay, and the shortest time between two, in
 * milliseconds.
 */
const SOON_WITHIN = 100;
const SOON_EVERY = 250;

/** The result of a lookup. */
export interface Sighting {
  readonly holder: Holder | undefined;
  /** When the query was sent; the result is more recent. */
  readonly askedAt: Instant;
}

type Questions = Map<bigint, Deferred<Sighting | undefined>>;

/**
 * Looks up the holders of locks for all elections of a session. It sends one statement at a time, for all lookups
 * requested until then. So however many lookups there are, other statements of the session wait for at most one of
 * them.
 *
 * @internal
 */
export class HolderLookup {
  readonly #session: Session;
  readonly #pace: Throttle;
  #asked: Questions = new Map();
  #askedSoon: Questions = new Map();
  #underWay = false;
  /** Whether another lookup was requested while a statement was pending. */
  #again = false;

  constructor(session: Session, random: Random) {
    this.#session = session;
    const { clock } = session;
    this.#pace = new Throttle({ clock, random, within: SOON_WITHIN, every: SOON_EVERY }, () => {
      this.#send();
    });
    session.onEnd(() => {
      this.#pace.cancel();
      for (const question of this.#take()) question[1].resolve(undefined);
    });
  }

  /** Resolves with a result that is newer than this call; undefined when the session is over. */
  ask(lock: bigint): Promise<Sighting | undefined> {
    const answer = enter(this.#asked, lock);
    this.#send();
    return answer;
  }

  /** The same for lookups that any client can trigger, any number of times: throttled. */
  askSoon(lock: bigint): Promise<Sighting | undefined> {
    if (this.#session.ended) return Promise.resolve(undefined);
    const answer = enter(this.#askedSoon, lock);
    this.#pace.ask();
    return answer;
  }

  #send(): void {
    if (this.#underWay) {
      this.#again = true;
      return;
    }
    const questions = this.#take();
    if (questions.length === 0) return;
    this.#underWay = true;
    this.#lookUp(questions.map(([lock]) => lock))
      .catch(() => undefined) // The session is over.
      .then((sightings) => {
        questions.forEach(([, answer], index) => {
          answer.resolve(sightings?.[index]);
        });
        this.#underWay = false;
        if (!this.#again) return;
        this.#again = false;
        this.#send();
      })
      .catch(() => undefined); // This can't fail.
  }

  async #lookUp(locks: readonly bigint[]): Promise<Sighting[]> {
    const { clock } = this.#session;
    let askedAt = clock.now();
    const holders = await this.#session.run((connection) => {
      askedAt = clock.now();
      return connection.holders(locks);
    });
    return holders.map((holder) => ({ holder, askedAt }));
  }

  /** Takes all lookups: the throttled ones are answered together with the others. */
  #take(): [bigint, Deferred<Sighting | undefined>][] {
    const questions = [...this.#asked, ...this.#askedSoon];
    this.#asked = new Map();
    this.#askedSoon = new Map();
    return questions;
  }
}

function enter(questions: Questions, lock: bigint): Promise<Sighting | undefined> {
  const question = questions.get(lock) ?? deferred<Sighting | undefined>();
  questions.set(lock, question);
  return question.promise;
}
