import type { Timings } from '../model/timings.js';
import type { Sighting } from '../session/holder-lookup.js';
import type { Clock, Instant } from '../time/clock.js';
import { sleep } from '../time/wait.js';

/** What is watched for, and how. */
export interface Watched {
  /** The first moment after `seenAt` at which a duty was or will be due, in wall clock milliseconds. */
  readonly nextDue: (seenAt: number) => number | undefined;
  /** Asks the server who holds the lock, which leads to {@link LeaderLiveness.saw} if somebody leads. */
  readonly look: () => Promise<void>;
}

/** How soon after a duty was due its leader is looked at, in milliseconds: it shows life when the duty begins. */
const SOON = 10;

/** What is known of one leadership, told from others by the server's process that held the lock. */
interface Life {
  readonly pid: number;
  readonly seenAt: Instant;
  /** When its predecessor was last seen alive: it did not serve before that. */
  readonly after: Instant | undefined;
  /** Whether it has said that it serves no longer: its session may live on while it stops its duties. */
  readonly hasEnded: boolean;
}

/**
 * When the leader was last seen alive: what its successor may have to catch up on came after that. What is known belongs to
 * one leadership, of this instance or of another. With the first sign of the next it counts only as what that one did not serve
 * before.
 *
 * That a lock is held does not show that its holder lives: a frozen process holds it until its lease runs out. But the
 * server knows when the session that holds it last sent something. It is asked only after a duty was due, and until the
 * leader has shown life since.
 *
 * @internal
 */
export class LeaderLiveness {
  readonly #clock: Clock;
  readonly #timings: Timings;
  #life: Life | undefined;

  constructor({ clock, timings }: { readonly clock: Clock; readonly timings: Timings }) {
    this.#clock = clock;
    this.#timings = timings;
  }

  /**
   * By the wall clock of this instance; undefined where nothing is known of a leader.
   *
   * Either clock may have changed since: the wall clock was set, or the monotonic one stood still with a suspended machine.
   * The earlier of the two is right, or leads to catching up once too often rather than once too seldom.
   */
  get seenAt(): Date | undefined {
    if (!this.#life) return undefined;
    const { wall, monotonic } = this.#life.seenAt;
    const now = this.#clock.now();
    return new Date(Math.min(wall, now.wall - (now.monotonic - monotonic)));
  }

  /**
   * A process holds the lock and leads, as the server showed.
   *
   * @param again whether it has said that it leads, after whatever it said before
   */
  saw(pid: number, { holder, askedAt }: Sighting, again = false): void {
    if (this.#life?.pid === pid && this.#life.hasEnded && !again) return;
    // Where its activity can't be seen, its session has sent something within the lease. From the asking and not from the
    // answer, which may come late: rather too early than too late.
    const silence = holder?.silence ?? this.#timings.leaseDuration;
    const seenAt = { wall: askedAt.wall - silence, monotonic: askedAt.monotonic - silence };
    // It never goes back: until that moment another has led.
    const known = this.#life?.seenAt;
    const isOlder = known !== undefined && known.monotonic > seenAt.monotonic;
    this.#note(pid, isOlder ? known : seenAt);
  }

  /**
   * A process holds the lock, and has not said that it leads. It counts as a leader where no other is known: it may have been
   * cut off before it could say so, and have led since.
   */
  sawCandidate(pid: number, sighting: Sighting): void {
    if (!this.#life || this.#life.pid === pid) this.saw(pid, sighting);
  }

  /** A process was elected just now. */
  wasElected(pid: number): void {
    if (this.#life?.pid === pid && !this.#life.hasEnded) return;
    this.#note(pid, this.#clock.now());
  }

  /**
   * A leader served until this moment, in milliseconds by its own wall clock, which may be wrong. Nobody served in the future,
   * nor stopped to long before it was seen alive, nor before its predecessor did.
   */
  servedUntil(pid: number, moment: number): void {
    const now = this.#clock.now();
    const seenBefore =
      this.#life?.pid === pid ? this.#life.seenAt.wall - this.#timings.leaseDuration : -Infinity;
    const earliest = Math.max(seenBefore, this.#predecessorOf(pid)?.wall ?? -Infinity);
    const wall = Math.min(Math.max(moment, earliest), now.wall);
    this.#note(pid, { wall, monotonic: now.monotonic - (now.wall - wall) }, true);
  }

  #note(pid: number, seenAt: Instant, hasEnded = false): void {
    this.#life = { pid, seenAt, after: this.#predecessorOf(pid), hasEnded };
  }

  /** When the one before the leader with this process was last seen alive. */
  #predecessorOf(pid: number): Instant | undefined {
    if (this.#life?.pid === pid && !this.#life.hasEnded) return this.#life.after;
    return this.#life?.seenAt;
  }

  /** Looks at the leader whenever a duty was due, until `signal` aborts. */
  async watch({ nextDue, look }: Watched, signal: AbortSignal): Promise<void> {
    const { heirInterval, retryInterval } = this.#timings;
    const longest = Math.max(heirInterval, retryInterval);
    let wait = heirInterval;
    while (!signal.aborted) {
      const due = nextDue(this.seenAt?.getTime() ?? 0);
      if (due === undefined) return; // There is nothing to catch up on.
      const remaining = this.#life ? due + SOON - this.#clock.now().wall : 0;
      if (remaining > 0) {
        wait = heirInterval;
        // In steps, since the wall clock may be set.
        await sleep(this.#clock, Math.min(remaining, longest), signal);
        continue;
      }
      await look();
      // Whatever the answer was, the next question has to wait, for longer each time.
      await sleep(this.#clock, wait, signal);
      wait = Math.min(2 * wait, longest);
    }
  }
}
