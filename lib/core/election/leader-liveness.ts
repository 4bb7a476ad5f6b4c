import type { Timings } from '../model/timings.js';
import type { Sighting } from '../session/holder-lookup.js';
import type { Clock, Instant } from '../time/clock.js';
import { sleep } from '../time/wait.js';

/** How to watch a leader. */
export interface Watched {
  /** The first moment after `seenAt` at which a duty was or will be due, in wall clock milliseconds. */
  readonly nextDue: (seenAt: number) => number | undefined;
  /** Looks up the holder of the lock, which calls {@link LeaderLiveness.saw} if there is a leader. */
  readonly look: () => Promise<void>;
}

/**
 * How long after a duty was due the leader is looked up, in milliseconds: it sends a heartbeat when the duty begins.
 */
const SOON = 10;

/** The resolution of the wall clock, in milliseconds. The monotonic clock has fractions. */
const RESOLUTION = 1;

/** What is known about one leadership, identified by the backend that held the lock. */
interface Life {
  readonly pid: number;
  readonly seenAt: Instant;
  /** When its predecessor was last seen alive; this leader did not serve before that. */
  readonly after: Instant | undefined;
  /** Whether it has announced its end. Its session may live on while it stops its duties. */
  readonly hasEnded: boolean;
}

/**
 * Tracks when the leader was last seen alive. A successor may have to catch up on duties that were due after that
 * moment. The record belongs to one leadership, of this instance or another. When the next leadership becomes known,
 * the record remains only as a lower bound: the next leader did not serve before it.
 *
 * A held lock does not prove that its holder is alive: a frozen process holds it until its lease runs out. But the
 * server knows when the session that holds the lock last sent something. It is asked only after a duty was due, until
 * the leader has shown activity since.
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
   * When the leader was last seen alive, by the wall clock of this instance; undefined if no leader is known.
   *
   * Either clock may have deviated since then: the wall clock may have been set, and the monotonic clock stops while a
   * machine is suspended. The earlier result is either correct or causes one catch-up too many, never one too few.
   */
  get seenAt(): Date | undefined {
    if (!this.#life) return undefined;
    const { wall, monotonic } = this.#life.seenAt;
    const now = this.#clock.now();
    const byMonotonic = now.wall - (now.monotonic - monotonic);
    // A smaller difference is rounding. It must not move the moment to before a tick that was seen to have run.
    return new Date(byMonotonic < wall - RESOLUTION ? byMonotonic : wall);
  }

  /**
   * Called when a lookup shows that a backend holds the lock and leads.
   *
   * @param again whether it claims to lead after an earlier announcement, such as that of its end
   */
  saw(pid: number, { holder, askedAt }: Sighting, again = false): void {
    if (this.#life?.pid === pid && this.#life.hasEnded && !again) return;
    // If its activity is not visible, its session must have sent something within the lease. Counted from the request,
    // not from the answer, which may be late: too early is safer than too late.
    const silence = holder?.silence ?? this.#timings.leaseDuration;
    const seenAt = { wall: askedAt.wall - silence, monotonic: askedAt.monotonic - silence };
    // Never moves backwards: another instance led until that moment.
    const known = this.#life?.seenAt;
    const isOlder = known !== undefined && known.monotonic > seenAt.monotonic;
    this.#note(pid, isOlder ? known : seenAt);
  }

  /**
   * Called when a backend holds the lock but has not announced that it leads. It counts as the leader if no other is
   * known: it may have been cut off before its announcement and have led since.
   */
  sawCandidate(pid: number, sighting: Sighting): void {
    if (!this.#life || this.#life.pid === pid) this.saw(pid, sighting);
  }

  /** Called when a leader was just elected. */
  wasElected(pid: number): void {
    if (this.#life?.pid === pid && !this.#life.hasEnded) return;
    this.#note(pid, this.#clock.now());
  }

  /**
   * Called when a leader announces until when it served, in milliseconds by its own wall clock. That clock may be
   * wrong, so the moment is limited: not in the future, not long before it was last seen alive, and not before its
   * predecessor stopped.
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

  /** When the predecessor of the leader with this backend was last seen alive. */
  #predecessorOf(pid: number): Instant | undefined {
    if (this.#life?.pid === pid && !this.#life.hasEnded) return this.#life.after;
    return this.#life?.seenAt;
  }

  /** Looks up the leader whenever a duty was due, until `signal` aborts. */
  async watch({ nextDue, look }: Watched, signal: AbortSignal): Promise<void> {
    const { heirInterval, retryInterval } = this.#timings;
    const longest = Math.max(heirInterval, retryInterval);
    let wait = heirInterval;
    while (!signal.aborted) {
      const due = nextDue(this.seenAt?.getTime() ?? 0);
      if (due === undefined) return; // No duty needs catching up.
      const remaining = this.#life ? due + SOON - this.#clock.now().wall : 0;
      if (remaining > 0) {
        wait = heirInterval;
        // In steps, because the wall clock may be set.
        await sleep(this.#clock, Math.min(remaining, longest), signal);
        continue;
      }
      await look();
      // Back off before the next lookup, whatever the result.
      await sleep(this.#clock, wait, signal);
      wait = Math.min(2 * wait, longest);
    }
  }
}
