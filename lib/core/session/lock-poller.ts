import type { ElectionKeys } from '../model/election-setup.js';
import type { Cancel } from '../time/clock.js';
import { jitter, type Random } from '../time/jitter.js';
import type { Session } from './session.js';

/** How a lock became ours. */
export interface Acquisition {
  /** Whether the heir's lock is ours as well. */
  readonly wasHeir: boolean;
  /** The last time that the lock was seen to be taken, in monotonic milliseconds. */
  readonly takenAt: number | undefined;
}

/** One election of this instance that wants its lock. */
export interface Contender {
  readonly keys: ElectionKeys;
  /** The heir's lock is ours; from now on the election's lock is tried every `heirInterval`. */
  onHeir(): void;
  /** The election's lock is ours; it is no longer tried. */
  onLock(won: Acquisition): void;
}

interface Entry {
  readonly contender: Contender;
  isHeir: boolean;
  takenAt: number | undefined;
  /** When the next try is due, in monotonic milliseconds. */
  due: number;
  /** Until when another goes first. */
  notBefore: number;
}

/**
 * Tries the locks of all elections of a session, as many as are due in one statement: standbys every `retryInterval`,
 * heirs every `heirInterval`.
 *
 * Nobody waits inside `pg_advisory_lock`: a waiter pins the server's vacuum horizon for as long as it waits.
 *
 * One statement is under way at a time, and its answer is dealt with before the next is put together. So no lock is
 * ever tried that is already ours, which would be granted a second time and need two unlocks.
 *
 * @internal
 */
export class LockPoller {
  readonly #entries = new Set<Entry>();
  readonly #random: Random;
  #standbysDue: number;
  #heirsDue: number;
  #underWay = false;
  #cancelTimer: Cancel = () => undefined;

  constructor(
    readonly session: Session,
    random: Random,
  ) {
    this.#random = random;
    this.#standbysDue = this.#heirsDue = this.#now;
    session.onEnd(() => {
      this.#cancelTimer();
    });
  }

  /** Tries at once, and then again and again. The returned function withdraws. */
  contend(contender: Contender): () => void {
    const entry: Entry = {
      contender,
      isHeir: false,
      takenAt: undefined,
      due: this.#now,
      notBefore: -Infinity,
    };
    this.#entries.add(entry);
    this.#schedule();
    return () => {
      // An heir that no longer polls makes room for one that does.
      if (this.#entries.delete(entry) && entry.isHeir) this.#giveBack(contender.keys.heir);
    };
  }

  /**
   * The lock may have become free, or the heir's place: the heir tries at once, a standby within `spread`
   * milliseconds, so that a large fleet does not rush the server together.
   */
  retrySoon(lock: bigint, spread: number): void {
    for (const entry of this.#entries) {
      if (entry.contender.keys.lock !== lock) continue;
      const soon = this.#now + (entry.isHeir ? 0 : spread * this.#random());
      entry.due = Math.max(entry.notBefore, Math.min(entry.due, soon));
    }
    this.#schedule();
  }

  /** Lets another go first: no try of this lock for so many milliseconds. */
  giveWay(lock: bigint, milliseconds: number): void {
    for (const entry of this.#entries) {
      if (entry.contender.keys.lock !== lock) continue;
      entry.notBefore = this.#now + milliseconds;
      entry.due = Math.max(entry.due, entry.notBefore);
    }
    this.#schedule();
  }

  get #now(): number {
    return this.session.clock.now().monotonic;
  }

  #schedule(): void {
    this.#cancelTimer();
    if (this.#underWay || this.#entries.size === 0 || this.session.ended) return;
    let earliest = Infinity;
    for (const entry of this.#entries) earliest = Math.min(earliest, entry.due);
    this.#cancelTimer = this.session.clock.after(Math.max(0, earliest - this.#now), () => {
      this.#poll().catch(() => undefined); // It deals with everything that can fail.
    });
  }

  async #poll(): Promise<void> {
    const startedAt = this.#now;
    const due = [...this.#entries].filter((entry) => entry.due <= startedAt);
    if (due.length === 0) {
      this.#schedule();
      return;
    }
    this.#underWay = true;
    this.#nextTries(due, startedAt); // Now, so that a hint that comes while this try is under way can hurry the next.
    try {
      const granted = await this.session.run((connection) =>
        connection.tryLocks(
          due.map(({ contender: { keys }, isHeir }) => ({
            lock: keys.lock,
            heir: isHeir ? undefined : keys.heir,
          })),
        ),
      );
      due.forEach((entry, index) => {
        if (granted[index] !== 'lock') entry.takenAt = startedAt;
        if (granted[index] !== undefined) this.#grant(entry, granted[index]);
      });
    } catch {
      // The session is over, and its listeners have been told.
    } finally {
      this.#underWay = false;
      this.#schedule();
    }
  }

  /** Standbys keep one common rhythm, and heirs another, whenever they joined, so that they share a statement. */
  #nextTries(tried: readonly Entry[], startedAt: number): void {
    const { retryInterval, heirInterval } = this.session.timings;
    if (this.#standbysDue <= startedAt)
      this.#standbysDue = startedAt + jitter(retryInterval, this.#random);
    if (this.#heirsDue <= startedAt) this.#heirsDue = startedAt + heirInterval;
    for (const entry of tried) {
      const next = entry.isHeir ? this.#heirsDue : this.#standbysDue;
      entry.due = Math.max(entry.notBefore, next);
    }
  }

  #grant(entry: Entry, granted: 'lock' | 'heir'): void {
    const { contender } = entry;
    if (!this.#entries.has(entry)) {
      // Withdrawn while the statement was under way: what it brought goes back.
      this.#giveBack(granted === 'lock' ? contender.keys.lock : contender.keys.heir);
    } else if (granted === 'lock') {
      this.#entries.delete(entry);
      contender.onLock({ wasHeir: entry.isHeir, takenAt: entry.takenAt });
    } else {
      entry.isHeir = true;
      entry.due = Math.max(entry.notBefore, this.#heirsDue);
      contender.onHeir();
    }
  }

  #giveBack(lock: bigint): void {
    this.session.shared.unlock(lock).catch(() => undefined);
  }
}
