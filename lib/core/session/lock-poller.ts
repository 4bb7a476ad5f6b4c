import type { ElectionKeys } from '../model/election-setup.js';
import type { LockTry } from '../port/locks.js';
import type { Cancel } from '../time/clock.js';
import { jitter, type Random } from '../time/jitter.js';
import type { Session } from './session.js';

/** How this instance acquired a lock. */
export interface Acquisition {
  /** Whether it also holds the heir lock. */
  readonly wasHeir: boolean;
  /** When the lock was last seen taken, in monotonic milliseconds. */
  readonly takenAt: number | undefined;
}

/** An election of this instance that contends for its lock. */
export interface Contender {
  readonly keys: ElectionKeys;
  /**
   * Called with true when the heir lock was acquired: the lock is now tried every `heirInterval`. Called with false
   * when it was given up.
   */
  onHeir(isHeir: boolean): void;
  /** Called when the lock was acquired; it is no longer tried. */
  onLock(won: Acquisition): void;
}

/** Limits which heir locks an instance holds (option `spread`). Elections are identified by their locks. */
export interface HeirRule {
  /** Returns the elections whose heir lock this instance wants. */
  wanted(locks: readonly bigint[]): ReadonlySet<bigint>;
  /** Returns the held heir locks to give up. `granted` contains the ones acquired by the current try. */
  surplus(held: readonly bigint[], granted: readonly bigint[]): readonly bigint[];
  /** Whether to leave a lock to the heir if this instance got it first, just after it became free. */
  heirFirst(lock: bigint): boolean;
}

interface Entry {
  readonly contender: Contender;
  isHeir: boolean;
  takenAt: number | undefined;
  /** When the next try is due, in monotonic milliseconds. */
  due: number;
  /** Until when another instance goes first. */
  notBefore: number;
  /** Until when this instance goes first and tries as often as an heir. */
  firstUntil: number;
  /** Whether it has left the lock to the heir and has not seen it taken since. */
  leftToHeir: boolean;
}

/**
 * Tries the locks of all elections of a session, all that are due in one statement: as a standby every `retryInterval`,
 * as an heir every `heirInterval`.
 *
 * It never waits in `pg_advisory_lock`, because a waiting statement holds back the server's vacuum horizon.
 *
 * Only one statement is pending at a time, and its answer is processed before the next one is composed. So a lock that
 * this session already holds is never tried again: it would be granted a second time and need two unlocks.
 *
 * @internal
 */
export class LockPoller {
  readonly #entries = new Set<Entry>();
  readonly #random: Random;
  readonly #heirRule: HeirRule | undefined;
  #standbysDue: number;
  #heirsDue: number;
  /** When the standbys try that a hint has asked to try soon. */
  #soon = -Infinity;
  #underWay = false;
  #cancelTimer: Cancel = () => undefined;

  constructor(
    readonly session: Session,
    random: Random,
    heirRule?: HeirRule,
  ) {
    this.#random = random;
    this.#heirRule = heirRule;
    this.#standbysDue = this.#heirsDue = this.#now;
    session.onEnd(() => {
      this.#cancelTimer();
    });
  }

  /** Tries at once, then repeatedly. The returned function withdraws. */
  contend(contender: Contender): () => void {
    const entry: Entry = {
      contender,
      isHeir: false,
      takenAt: undefined,
      due: this.#now,
      notBefore: -Infinity,
      firstUntil: -Infinity,
      leftToHeir: false,
    };
    this.#entries.add(entry);
    this.#schedule();
    return () => {
      // An heir that no longer polls frees the heir lock for another.
      if (this.#entries.delete(entry) && entry.isHeir) this.#giveBack(contender.keys.heir);
    };
  }

  /**
   * Called when the lock or the heir lock may have become free. An heir tries at once; a standby within `spread`
   * milliseconds, so that a large fleet does not hit the server at the same time. All standbys of this instance try
   * together, in one statement.
   */
  retrySoon(lock: bigint, spread: number): void {
    const now = this.#now;
    for (const entry of this.#entries) {
      if (entry.contender.keys.lock !== lock) continue;
      const soon = entry.isHeir ? now : this.#soonWithin(now, spread);
      entry.due = Math.max(entry.notBefore, Math.min(entry.due, soon));
    }
    this.#schedule();
  }

  #soonWithin(now: number, spread: number): number {
    if (this.#soon < now || this.#soon > now + spread) this.#soon = now + spread * this.#random();
    return this.#soon;
  }

  /** Lets another instance go first: does not try this lock for this many milliseconds. */
  giveWay(lock: bigint, milliseconds: number): void {
    for (const entry of this.#entries) {
      if (entry.contender.keys.lock !== lock) continue;
      entry.notBefore = this.#now + milliseconds;
      entry.due = Math.max(entry.due, entry.notBefore);
    }
    this.#schedule();
  }

  /** Goes first, as the named successor: tries at once, and then as often as an heir for this many milliseconds. */
  goFirst(lock: bigint, milliseconds: number): void {
    for (const entry of this.#entries) {
      if (entry.contender.keys.lock !== lock) continue;
      entry.due = entry.notBefore = this.#now;
      entry.firstUntil = this.#now + milliseconds;
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
      this.#poll().catch(() => undefined); // It handles all failures itself.
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
    const isStandbysTurn = this.#standbysDue <= startedAt;
    this.#nextTries(due, startedAt); // Now, so that a hint during this try can bring the next one forward.
    try {
      const granted = await this.session.run((connection) => connection.tryLocks(this.#tries(due)));
      due.forEach((entry, index) => {
        if (granted[index] !== 'lock') this.#sawTaken(entry, startedAt);
        if (granted[index] !== undefined) this.#grant(entry, granted[index]);
      });
      const newHeirs = due.filter((_, index) => granted[index] === 'heir');
      if (isStandbysTurn || newHeirs.length > 0) this.#leaveSurplus(newHeirs);
    } catch {
      // The session is over, and its listeners were notified.
    } finally {
      this.#underWay = false;
      this.#schedule();
    }
  }

  #tries(due: readonly Entry[]): LockTry[] {
    const standbys = due.flatMap(({ contender, isHeir }) => (isHeir ? [] : contender.keys.lock));
    const wanted = this.#heirRule?.wanted(standbys) ?? new Set(standbys);
    return due.map(({ contender: { keys } }) => ({
      lock: keys.lock,
      heir: wanted.has(keys.lock) ? keys.heir : undefined,
    }));
  }

  #sawTaken(entry: Entry, takenAt: number): void {
    entry.takenAt = takenAt;
    entry.leftToHeir = false;
  }

  /**
   * Whether to leave the lock to the heir. Not if it was free from the start, and only once, because the heir may be
   * gone as well.
   */
  #isHeirsTurn({ contender, isHeir, leftToHeir, takenAt }: Entry): boolean {
    const { lock } = contender.keys;
    if (isHeir || takenAt === undefined || leftToHeir) return false;
    return this.#heirRule?.heirFirst(lock) ?? false;
  }

  #leaveToHeir(entry: Entry): void {
    const { retryInterval } = this.session.timings;
    this.#giveBack(entry.contender.keys.lock);
    entry.leftToHeir = true;
    entry.due = Math.max(entry.notBefore, this.#now + retryInterval / 4);
  }

  /** Gives up heir locks, to leave them to other instances. */
  #leaveSurplus(granted: readonly Entry[]): void {
    const held = [...this.#entries].filter(({ isHeir }) => isHeir);
    const surplus = this.#heirRule?.surplus(locksOf(held), locksOf(granted)) ?? [];
    for (const entry of held) {
      if (!surplus.includes(entry.contender.keys.lock)) continue;
      entry.isHeir = false;
      entry.due = Math.max(entry.notBefore, this.#standbysDue);
      this.#giveBack(entry.contender.keys.heir);
      entry.contender.onHeir(false);
    }
  }

  /**
   * All standbys share one schedule, and all heirs another, so that they share statements. The schedule of the standbys
   * restarts when a hint has made all of them try: after a crash, a large fleet then tries once, and not again shortly
   * afterwards.
   */
  #nextTries(tried: readonly Entry[], startedAt: number): void {
    const { retryInterval, heirInterval } = this.session.timings;
    const trying = new Set(tried);
    const standbys = [...this.#entries].filter(({ isHeir }) => !isHeir);
    const haveAllTried = standbys.length > 0 && standbys.every((entry) => trying.has(entry));
    if (this.#standbysDue <= startedAt || haveAllTried)
      this.#standbysDue = startedAt + jitter(retryInterval, this.#random);
    if (this.#heirsDue <= startedAt) this.#heirsDue = startedAt + heirInterval;
    for (const entry of tried) {
      const isFast = entry.isHeir || startedAt < entry.firstUntil;
      const next = isFast ? this.#heirsDue : this.#standbysDue;
      entry.due = Math.max(entry.notBefore, next);
    }
  }

  #grant(entry: Entry, granted: 'lock' | 'heir'): void {
    const { contender } = entry;
    if (!this.#entries.has(entry)) {
      // Withdrawn while the statement was pending: gives back what it got.
      this.#giveBack(granted === 'lock' ? contender.keys.lock : contender.keys.heir);
    } else if (granted === 'lock' && this.#now < entry.notBefore) {
      this.#giveBack(contender.keys.lock); // `giveWay` was called while the statement was pending.
    } else if (granted === 'lock' && this.#isHeirsTurn(entry)) {
      this.#leaveToHeir(entry);
    } else if (granted === 'lock') {
      this.#entries.delete(entry);
      contender.onLock({ wasHeir: entry.isHeir, takenAt: entry.takenAt });
    } else {
      entry.isHeir = true;
      entry.due = Math.max(entry.notBefore, this.#heirsDue);
      contender.onHeir(true);
    }
  }

  #giveBack(lock: bigint): void {
    this.session.shared.unlock(lock).catch(() => undefined);
  }
}

function locksOf(entries: readonly Entry[]): bigint[] {
  return entries.map(({ contender }) => contender.keys.lock);
}
