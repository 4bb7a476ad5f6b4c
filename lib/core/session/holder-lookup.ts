import type { Holder } from '../port/locks.js';
import type { Instant } from '../time/clock.js';
import type { Random } from '../time/jitter.js';
import { Throttle } from '../time/throttle.js';
import { deferred, type Deferred } from '../time/wait.js';
import type { Session } from './session.js';

/** What anybody may cause is asked within, and at the most every, so many milliseconds. */
const SOON_WITHIN = 100;
const SOON_EVERY = 250;

/** What the server showed of a lock. */
export interface Sighting {
  readonly holder: Holder | undefined;
  /** When the server was asked; it looked after that. */
  readonly askedAt: Instant;
}

type Questions = Map<bigint, Deferred<Sighting | undefined>>;

/**
 * Asks the server who holds locks, on behalf of all elections of a session: one statement at a time, for everything that
 * was asked until then. So however many questions there are, what comes behind them on the session waits for one
 * statement at the most.
 *
 * @internal
 */
export class HolderLookup {
  readonly #session: Session;
  readonly #pace: Throttle;
  #asked: Questions = new Map();
  #askedSoon: Questions = new Map();
  #underWay = false;
  /** Somebody asks for more while a statement is under way. */
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

  /** Resolves with what the server shows after this call; undefined when the session is over. */
  ask(lock: bigint): Promise<Sighting | undefined> {
    const answer = enter(this.#asked, lock);
    this.#send();
    return answer;
  }

  /** The same for a question that anybody may cause, as often as they like. */
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
      .catch(() => undefined); // Nothing there can fail.
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

  /** All questions: those that could wait are answered together with those that can't. */
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
