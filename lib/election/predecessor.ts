import type { Clock } from './clock.js';
import { pause } from './pause.js';
import type { Session } from './session.js';

/** What is watched for: the moments from which on a duty was due. */
export interface Watched {
  readonly lock: bigint;
  /** The first moment after `seenAt` at which a duty was or will be due, in wall clock milliseconds. */
  nextDue(seenAt: number): number | undefined;
}

/** How soon after a duty was due its leader is looked at, in milliseconds: it shows life when the duty begins. */
const SOON = 10;

/**
 * When whoever leads was last seen alive: what its successor may have to catch up on came after that.
 *
 * That a lock is held does not show that its holder lives: a frozen process holds it until its lease runs out. But the
 * server knows when the session that holds it last sent something. It is asked only after a duty was due, and until the
 * leader has shown life since.
 *
 * @internal
 */
export class Predecessor {
  readonly #clock: Clock;
  #seenAt: number | undefined;
  /** Whether it has said that it serves no longer: its session may live on while it stops its duties. */
  #hasEnded = false;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** By the wall clock of this instance; undefined where nothing is known of a predecessor. */
  get seenAt(): Date | undefined {
    return this.#seenAt === undefined ? undefined : new Date(this.#seenAt);
  }

  /** It was elected at this moment (wall clock milliseconds). */
  serves(moment: number): void {
    this.#seenAt = moment;
    this.#hasEnded = false;
  }

  /** It served until this moment (wall clock milliseconds), whatever was known before. */
  servedUntil(moment: number): void {
    this.#seenAt = moment;
    this.#hasEnded = true;
  }

  /** Looks at the leader whenever a duty was due, until the session or `signal` is over. */
  async watch(session: Session, watched: Watched, signal: AbortSignal): Promise<void> {
    const { timings } = session;
    while (!signal.aborted && !session.ended) {
      const due = watched.nextDue(this.#seenAt ?? 0);
      if (due === undefined) return; // There is nothing to catch up on.
      if (this.#seenAt !== undefined) {
        const wait = due + SOON - this.#clock.now().wall;
        // In steps, since the wall clock may be set.
        await pause(
          this.#clock,
          wait > 0 ? Math.min(wait, timings.retryInterval) : timings.heirInterval,
          signal,
        );
        if (this.#clock.now().wall < due || signal.aborted) continue;
      }
      try {
        let askedAt = 0;
        const [holder] = await session.run((connection) => {
          askedAt = this.#clock.now().wall;
          return connection.holders([watched.lock]);
        });
        const silence = holder?.silence;
        // A look may have waited behind the try that won the lock: then it tells of our own session.
        if (signal.aborted) return;
        // From the asking and not from the answer, which may come late: rather too early than too late.
        if (silence !== undefined) this.#sawLife(askedAt - silence);
        else if (this.#seenAt === undefined)
          await pause(this.#clock, timings.retryInterval, signal);
      } catch {
        return; // The session is over.
      }
    }
  }

  #sawLife(at: number): void {
    if (this.#hasEnded) return;
    this.#seenAt = Math.max(this.#seenAt ?? at, at);
  }
}
