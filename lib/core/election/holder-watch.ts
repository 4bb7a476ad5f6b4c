import { inBackground } from '../common/background.js';
import type { ElectionLogger } from '../common/logger.js';
import type { Announcement } from '../model/announcement.js';
import type { Sender } from '../port/messages.js';
import type { HolderLookup, Sighting } from '../session/holder-lookup.js';
import type { Session } from '../session/session.js';

/** An announcement whose sender claims to hold a lock. */
export type Claim = Extract<Announcement, { type: 'acquired' | 'elected' | 'leading' }>;

interface ReceivedClaim {
  readonly claim: Claim;
  /** In monotonic milliseconds. */
  readonly receivedAt: number;
  /** The token of its session, if announced. */
  readonly token: bigint | undefined;
}

/** The most claims that are kept until a lookup shows the holder. Far more than a fleet sends at a time. */
const MOST_CLAIMS = 256;

/** A release of the lock by its holder, as this instance saw it. */
export interface Resignation {
  /** The lock was released after this moment, in monotonic milliseconds. */
  readonly after: number;
  /** Backends that have claimed the lock but were not seen to hold it. */
  readonly claimants: ReadonlyMap<number, Pick<ReceivedClaim, 'receivedAt' | 'token'>>;
  /** Whether claims were dropped because there were too many. */
  readonly overflowed: boolean;
}

/** How a leader became known. */
export interface Evidence {
  /** Its latest claim. */
  readonly claim: Claim | undefined;
  /** Whether this claim is newer than the last time it was seen to lead. */
  readonly again: boolean;
  /** The lookup that found it. */
  readonly seen: Sighting | undefined;
}

export interface HolderWatchSetup {
  readonly session: Session;
  readonly holders: HolderLookup;
  readonly lock: bigint;
  /**
   * Whether other software, which does not announce acquisitions, uses the same lock. Then a resignation proves
   * nothing.
   */
  readonly sharesKey: boolean;
  readonly logger: ElectionLogger;
  /** Called when the holder is believed to lead. */
  readonly onLeader: (pid: number, evidence: Evidence) => void;
  /** Called when the holder has only announced that it acquired the lock: it may lead soon, or already. */
  readonly onAcquired: (pid: number, seen: Sighting) => void;
  /** Called when no session holds the lock. */
  readonly onFree: () => void;
}

/**
 * Tracks which backend holds the lock of an election.
 *
 * An announcement proves nothing, because any client of the database can send one. But the server names the backend
 * that sent it, and `pg_locks` names the backend that holds the lock. So a claim counts once its sender was seen to
 * hold the lock. A claim of another backend triggers a lookup and is kept until then.
 *
 * @internal
 */
export class HolderWatch {
  readonly #setup: HolderWatchSetup;
  /** The PID of the backend that was seen to hold the lock. */
  #holder: number | undefined;
  /** When it released the lock: at some time after `after`; its message arrived at `receivedAt`. */
  #resigned: { readonly after: number; readonly receivedAt: number } | undefined;
  /**
   * The last holder, if a lookup after `after` showed that the lock is free and its resignation has not arrived yet.
   */
  #vacated: { readonly pid: number; readonly after: number } | undefined;
  /** The latest claim of the holder. */
  #said: Claim | undefined;
  readonly #claims = new Map<number, ReceivedClaim>();
  #overflowed = false;
  #isOurs = false;
  /** How many lookups are in progress. Their promises never reject. */
  #lookups = 0;
  /** The last holder before this instance acquired the lock, if its resignation had not arrived by then. */
  #predecessor: { readonly pid: number; readonly left: Resignation } | undefined;
  #resignation: Resignation | undefined;

  constructor(setup: HolderWatchSetup) {
    this.#setup = setup;
    this.#process(setup.holders.ask(setup.lock));
  }

  /** Looks up the holder, and resolves when the result was processed. Never rejects. */
  async look(): Promise<void> {
    const sighting = this.#setup.holders.ask(this.#setup.lock);
    this.#process(sighting);
    await sighting;
  }

  /** Whether this backend was seen to hold the lock and has not released it. */
  isHolder(pid: number): boolean {
    return pid === this.#holder && this.#resigned === undefined;
  }

  /** Handles a claim. */
  onClaim(pid: number, claim: Claim): void {
    if (this.#isOurs) return; // No other session can hold the lock.
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
    // A lookup in progress either shows this process, or is followed by another one.
    if (this.#lookups === 0) this.#lookSoon();
  }

  /**
   * Handles a resignation, which is sent by the statement that releases the lock. Returns true if the sender was seen
   * to hold the lock and this instance has not acquired it yet.
   */
  onResigned(pid: number): boolean {
    // Another session can acquire the lock just before the resignation arrives.
    if (this.#isOurs && pid === this.#predecessor?.pid) this.#resignation = this.#predecessor.left;
    const vacated = this.#vacated?.pid === pid ? this.#vacated : undefined;
    if (this.#isOurs || !(vacated ?? this.isHolder(pid))) return false;
    // Had the lock been released before the last confirmed statement, the notification would have arrived with its
    // answer.
    const { confirmedAt } = this.#setup.session.lease;
    this.#resigned = { after: vacated?.after ?? confirmedAt.monotonic, receivedAt: this.#now };
    this.#holder = pid;
    this.#vacated = undefined;
    return true;
  }

  /** Called when this instance has acquired the lock. */
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

  /** While this instance holds the lock: the resignation of the previous holder, if it has been seen so far. */
  get resignation(): Resignation | undefined {
    return this.#setup.sharesKey ? undefined : this.#resignation;
  }

  /**
   * While this instance does not hold the lock: whether the last holder was seen to release it and there was no claim
   * since.
   */
  get isVacant(): boolean {
    return !this.#setup.sharesKey && this.#resigned !== undefined && this.#claims.size === 0;
  }

  /** Called when this instance has released the lock. `resigned`: it had led and announced the release. */
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
    this.#lookups += 1;
    inBackground('Looking up the holder of a lock', this.#setup.logger, async () => {
      const seen = await sighting;
      this.#lookups -= 1;
      if (seen && !this.#isOurs) this.#saw(seen);
    });
  }

  #saw(seen: Sighting): void {
    const { holder, askedAt } = seen;
    const wasBefore = (moment: number) => moment < askedAt.monotonic;
    // The holder may have released the lock after the lookup.
    const isOutdated =
      this.#resigned !== undefined &&
      !wasBefore(this.#resigned.receivedAt) &&
      (holder === undefined || holder.pid === this.#holder);
    if (holder && !isOutdated) this.#found(holder.pid, seen);
    else if (!holder && this.#resigned === undefined) {
      // The lock is free just before the resignation arrives.
      if (this.#holder !== undefined)
        this.#vacated = { pid: this.#holder, after: askedAt.monotonic };
      this.#holder = this.#said = undefined;
      this.#setup.onFree();
    }
    // A backend that claimed the lock after the lookup may have acquired it since.
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
    // A backend that has only announced the acquisition is not known to lead yet.
    if (this.#said?.type === 'acquired') onAcquired(pid, seen);
    else onLeader(pid, { claim: this.#said, again: news !== undefined, seen });
  }
}

/**
 * Whether no other instance has led between a resignation and now, when this instance holds the lock.
 *
 * An instance announces the acquisition of the lock before it leads. If a session has announced it, is still alive and
 * does not hold the lock, it has released the lock itself or never held it. If that session is gone, its instance may
 * have led and may still trust its lease.
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

/** Checks the claimants that have announced a token: with a pooler, one backend serves several sessions in turn. */
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

/** Checks the claimants without a token: unrelated clients, and instances of earlier versions. */
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

/** The server may have reused a PID for another backend in the meantime. */
function hasLivedFor(milliseconds: number, sender: Sender | undefined): boolean {
  return sender !== undefined && (sender.age === undefined || sender.age >= milliseconds);
}
