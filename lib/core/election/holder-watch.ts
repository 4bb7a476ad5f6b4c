import { inBackground } from '../common/background.js';
import type { ElectionLogger } from '../common/logger.js';
import type { Announcement } from '../model/announcement.js';
import type { Sender } from '../port/messages.js';
import type { HolderLookup, Sighting } from '../session/holder-lookup.js';
import type { Session } from '../session/session.js';

/** Somebody says that it holds a lock. */
export type Claim = Extract<Announcement, { type: 'acquired' | 'elected' | 'leading' }>;

interface ReceivedClaim {
  readonly claim: Claim;
  /** In monotonic milliseconds. */
  readonly receivedAt: number;
  /** What its session holds for as long as it lives, where it has said so. */
  readonly token: bigint | undefined;
}

/** Of so many processes claims are kept until the server shows who holds the lock. Many more than a fleet makes at a time. */
const MOST_CLAIMS = 256;

/** The holder of a lock was seen to give it back. */
export interface Resignation {
  /** The lock was given back after this moment, in monotonic milliseconds. */
  readonly after: number;
  /** Those that have claimed the lock, and were not seen to hold it. */
  readonly claimants: ReadonlyMap<number, Pick<ReceivedClaim, 'receivedAt' | 'token'>>;
  /** More have claimed it than could be kept. */
  readonly overflowed: boolean;
}

/** By what a leader is known. */
export interface Evidence {
  /** What it said last. */
  readonly claim: Claim | undefined;
  /** Whether it has said so since the last time that it was shown to lead. */
  readonly again: boolean;
  /** What the server showed. */
  readonly seen: Sighting | undefined;
}

export interface HolderWatchSetup {
  readonly session: Session;
  readonly holders: HolderLookup;
  readonly lock: bigint;
  /** Software that does not say when it acquires the lock uses it, too: a resignation proves nothing. */
  readonly sharesKey: boolean;
  readonly logger: ElectionLogger;
  /** The holder leads, as far as is known. */
  readonly onLeader: (pid: number, evidence: Evidence) => void;
  /** The holder has only said that it acquired the lock: it may lead soon, or already. */
  readonly onAcquired: (pid: number, seen: Sighting) => void;
  /** Nobody holds the lock. */
  readonly onFree: () => void;
}

/**
 * Knows which process of the server holds an election's lock.
 *
 * An announcement alone proves nothing, since anyone who can connect may send one. But the server names the process that
 * sent it, and `pg_locks` names the process that holds the lock. So what a process says of the lock counts once it was seen
 * to hold it; a claim of another leads to a look, and is kept until then.
 *
 * @internal
 */
export class HolderWatch {
  readonly #setup: HolderWatchSetup;
  /** The process that was seen to hold the lock. */
  #holder: number | undefined;
  /** When it gave the lock back: it did after the first moment, and its message arrived at the second. */
  #resigned: { readonly after: number; readonly receivedAt: number } | undefined;
  /** The last holder, where a look after that moment showed that the lock is free: it has not said yet that it gave it back. */
  #vacated: { readonly pid: number; readonly after: number } | undefined;
  /** What the holder said last of the lock. */
  #said: Claim | undefined;
  readonly #claims = new Map<number, ReceivedClaim>();
  #overflowed = false;
  #isOurs = false;
  /** Who was seen to hold the lock before it was ours, without having given it back. */
  #predecessor: { readonly pid: number; readonly left: Resignation } | undefined;
  #resignation: Resignation | undefined;

  constructor(setup: HolderWatchSetup) {
    this.#setup = setup;
    this.#process(setup.holders.ask(setup.lock));
  }

  /** Asks the server who holds the lock; resolves when what it showed was told. Never rejects. */
  async look(): Promise<void> {
    const sighting = this.#setup.holders.ask(this.#setup.lock);
    this.#process(sighting);
    await sighting;
  }

  /** Whether this process was seen to hold the lock, and has not given it back. */
  isHolder(pid: number): boolean {
    return pid === this.#holder && this.#resigned === undefined;
  }

  /** A process says that it holds the lock. */
  onClaim(pid: number, claim: Claim): void {
    if (this.#isOurs) return; // Nobody else can hold it.
    if (this.isHolder(pid)) {
      this.#said = claim;
      if (claim.type !== 'acquired')
        this.#setup.onLeader(pid, { claim, again: true, seen: undefined });
      return;
    }
    if (this.#claims.size >= MOST_CLAIMS && !this.#claims.has(pid)) {
      this.#overflowed = true;
      return;
    }
    const token = claim.type === 'acquired' ? claim.token : this.#claims.get(pid)?.token;
    this.#claims.set(pid, { claim, receivedAt: this.#now, token });
    this.#lookSoon();
  }

  /**
   * A process says that it has given the lock back, in the statement that did so; true when it was seen to hold it, and the lock
   * is not ours yet.
   */
  onResigned(pid: number): boolean {
    // The lock can be had a moment before the message of its release arrives.
    if (this.#isOurs && pid === this.#predecessor?.pid) this.#resignation = this.#predecessor.left;
    const vacated = this.#vacated?.pid === pid ? this.#vacated : undefined;
    if (this.#isOurs || !(vacated ?? this.isHolder(pid))) return false;
    // What the server told before it answered that statement was delivered with the answer, or before it.
    const { confirmedAt } = this.#setup.session.lease;
    this.#resigned = { after: vacated?.after ?? confirmedAt.monotonic, receivedAt: this.#now };
    this.#holder = pid;
    this.#vacated = undefined;
    return true;
  }

  /** The lock is ours from now on. */
  acquired(): void {
    const { connection, lease } = this.#setup.session;
    const left = (after: number): Resignation => ({
      after,
      claimants: new Map(this.#claims),
      overflowed: this.#overflowed,
    });
    this.#resignation = this.#resigned && left(this.#resigned.after);
    const last = this.#holder ?? this.#vacated?.pid;
    this.#predecessor =
      last === undefined || this.#resigned
        ? undefined
        : { pid: last, left: left(this.#vacated?.after ?? lease.confirmedAt.monotonic) };
    this.#isOurs = true;
    this.#holder = connection.identity.pid;
    this.#said = this.#resigned = this.#vacated = undefined;
    this.#overflowed = false;
    this.#claims.clear();
  }

  /** While the lock is ours: that its last holder was seen to give it back, as far as that is known by now. */
  get resignation(): Resignation | undefined {
    return this.#setup.sharesKey ? undefined : this.#resignation;
  }

  /** While the lock is not ours: whether its last holder was seen to give it back, and nobody has claimed it since. */
  get isVacant(): boolean {
    return !this.#setup.sharesKey && this.#resigned !== undefined && this.#claims.size === 0;
  }

  /** The lock is no longer ours; whether we had led, and said that we gave it back. */
  released(resigned: boolean): void {
    const { holders, lock, session } = this.#setup;
    const { confirmedAt } = session.lease;
    this.#isOurs = false;
    this.#predecessor = this.#resignation = undefined;
    if (resigned) this.#resigned = { after: confirmedAt.monotonic, receivedAt: this.#now };
    this.#process(holders.ask(lock));
  }

  get #now(): number {
    return this.#setup.session.clock.now().monotonic;
  }

  #lookSoon(): void {
    this.#process(this.#setup.holders.askSoon(this.#setup.lock));
  }

  #process(sighting: Promise<Sighting | undefined>): void {
    inBackground('Looking for the holder of a lock', this.#setup.logger, async () => {
      const seen = await sighting;
      if (seen && !this.#isOurs) this.#saw(seen);
    });
  }

  #saw(seen: Sighting): void {
    const { holder, askedAt } = seen;
    const wasBefore = (moment: number) => moment < askedAt.monotonic;
    // It may have given the lock back after the server looked.
    const isOutdated =
      this.#resigned !== undefined &&
      !wasBefore(this.#resigned.receivedAt) &&
      (holder === undefined || holder.pid === this.#holder);
    if (holder && !isOutdated) this.#found(holder.pid, seen);
    else if (!holder && this.#resigned === undefined) {
      // The lock is free a moment before the message of its release arrives.
      if (this.#holder !== undefined)
        this.#vacated = { pid: this.#holder, after: askedAt.monotonic };
      this.#holder = this.#said = undefined;
      this.#setup.onFree();
    }
    // A process that claims it since then may have acquired it since.
    const isOpen = [...this.#claims.values()].some(({ receivedAt }) => !wasBefore(receivedAt));
    if (isOpen) this.#lookSoon();
  }

  #found(pid: number, seen: Sighting): void {
    const { onAcquired, onLeader, session } = this.#setup;
    const news = this.#claims.get(pid)?.claim;
    this.#said = news ?? (pid === this.#holder ? this.#said : undefined);
    this.#holder = pid;
    this.#resigned = this.#vacated = undefined;
    this.#overflowed = false;
    for (const [claimant, { receivedAt }] of this.#claims) {
      if (claimant === pid || receivedAt < seen.askedAt.monotonic) this.#claims.delete(claimant);
    }
    if (pid === session.connection.identity.pid) return;
    // A process that has only acquired it does not lead yet, as far as is known.
    if (this.#said?.type === 'acquired') onAcquired(pid, seen);
    else onLeader(pid, { claim: this.#said, again: news !== undefined, seen });
  }
}

/**
 * Whether nobody has held the lock between a resignation and now, when it is ours.
 *
 * An instance that acquires the lock announces that before it leads. A session that has said so, does not hold the lock and still lives,
 * has given it back of its own accord, or never held it. One that is gone may have led, and may still believe that it does.
 *
 * @internal
 */
export async function isUninterrupted(
  { claimants, overflowed }: Resignation,
  session: Session,
): Promise<boolean> {
  if (overflowed) return false;
  return (await sessionsLive(claimants, session)) && (await processesLive(claimants, session));
}

type Claimants = Resignation['claimants'];

/** Of those that have named their tokens: a pooler gives a process to one session after the other. */
async function sessionsLive(claimants: Claimants, session: Session): Promise<boolean> {
  const tokens = [...claimants].flatMap(([pid, { token }]) =>
    token === undefined ? [] : [{ pid, token }],
  );
  if (tokens.length === 0) return true;
  const holders = await session.run((connection) =>
    connection.holders(tokens.map(({ token }) => token)),
  );
  return tokens.every(({ pid }, index) => holders[index]?.pid === pid);
}

/** Of the others: strangers, and instances of earlier versions. */
async function processesLive(claimants: Claimants, session: Session): Promise<boolean> {
  const others = [...claimants].filter(([, { token }]) => token === undefined);
  if (others.length === 0) return true;
  let askedAt = 0;
  const living = await session.run((connection) => {
    askedAt = session.clock.now().monotonic;
    return connection.senders(others.map(([pid]) => pid));
  });
  const byPid = new Map(living.map((sender) => [sender.pid, sender]));
  return others.every(([pid, { receivedAt }]) => hasLivedFor(askedAt - receivedAt, byPid.get(pid)));
}

/** The number of a process may have been given to another meanwhile. */
function hasLivedFor(milliseconds: number, sender: Sender | undefined): boolean {
  return sender !== undefined && (sender.age === undefined || sender.age >= milliseconds);
}
