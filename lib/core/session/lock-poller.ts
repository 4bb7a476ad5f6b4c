import type { ElectionKeys } from '../model/election-setup.js';
import type { LockTry } from '../port/locks.js';
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
  /** The heir's lock is ours, and the election's lock is tried every `heirInterval` from now on; false: no longer. */
  onHeir(isHeir: boolean): void;
  /** The election's lock is ours; it is no longer tried. */
  onLock(won: Acquisition): void;
}

/** Which heirs' places an instance has, where it is not to have all that it can get. Elections are told by their locks. */
export interface HeirRule {
  /** Those of the elections whose heir's place is wanted. */
  wanted(locks: readonly bigint[]): ReadonlySet<bigint>;
  /** Those of the places that are too many; `granted` are those of them that this try has brought. */
  surplus(held: readonly bigint[], granted: readonly bigint[]): readonly bigint[];
  /** Whether the heir is to have a lock that has just become free, and that this instance got before it. */
  heirFirst(lock: bigint): boolean;
}

interface Entry {
  readonly contender: Contender;
  isHeir: boolean;
  takenAt: number | undefined;
  /** When the next try is due, in monotonic milliseconds. */
  due: number;
  /** Until when another goes first. */
  notBefore: number;
  /** Until when it goes first, and tries as often as an heir. */
  firstUntil: number;
  /** It has left the lock to the heir once, and has not seen it taken since. */
  leftToHeir: boolean;
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
  readonly #heirRule: HeirRule | undefined;
  #standbysDue: number;
  #heirsDue: number;
  /** When standbys try that were told to try soon. */
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

  /** Tries at once, and then again and again. The returned function withdraws. */
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
      // An heir that no longer polls makes room for one that does.
      if (this.#entries.delete(entry) && entry.isHeir) this.#giveBack(contender.keys.heir);
    };
  }

  /**
   * The lock may have become free, or the heir's place: the heir tries at once, a standby within `spread`
   * milliseconds, so that a large fleet does not rush the server together. All standbys of this instance at the same moment, so
   * that they share a statement.
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

  /** Lets another go first: no try of this lock for so many milliseconds. */
  giveWay(lock: bigint, milliseconds: number): void {
    for (const entry of this.#entries) {
      if (entry.contender.keys.lock !== lock) continue;
      entry.notBefore = this.#now + milliseconds;
      entry.due = Math.max(entry.due, entry.notBefore);
    }
    this.#schedule();
  }

  /** The lock is meant for this instance: tries at once, and for so many milliseconds as often as an heir. */
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
    const isStandbysTurn = this.#standbysDue <= startedAt;
    this.#nextTries(due, startedAt); // Now, so that a hint that comes while this try is under way can hurry the next.
    try {
      const granted = await this.session.run((connection) => connection.tryLocks(this.#tries(due)));
      due.forEach((entry, index) => {
        if (granted[index] !== 'lock') this.#sawTaken(entry, startedAt);
        if (granted[index] !== undefined) this.#grant(entry, granted[index]);
      });
      const newHeirs = due.filter((_, index) => granted[index] === 'heir');
      if (isStandbysTurn || newHeirs.length > 0) this.#leaveSurplus(newHeirs);
    } catch {
      // The session is over, and its listeners have been told.
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

  /** Not where it was free from the beginning; and only once, since the heir may have gone as well. */
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

  /** Leaves heirs' places to other instances. */
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
   * Standbys keep one common rhythm, and heirs another, whenever they joined, so that they share a statement. It begins anew
   * where a hint has made all standbys try: after a death, a large fleet then tries once, and not once more soon afterwards.
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
      // Withdrawn while the statement was under way: what it brought goes back.
      this.#giveBack(granted === 'lock' ? contender.keys.lock : contender.keys.heir);
    } else if (granted === 'lock' && this.#now < entry.notBefore) {
      this.#giveBack(contender.keys.lock); // It was told to let another go first while the statement was under way.
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
