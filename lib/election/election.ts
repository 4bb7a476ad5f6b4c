/**
 * One election, as one of its instances lives it.
 *
 * An election is an advisory lock of PostgreSQL, and its leader is the instance whose session holds the lock. There is
 * no table, no expiry column and no clock that two machines would have to agree on: the server frees the lock when the
 * session ends, and it ends a session by itself when that has been silent for `leaseDuration`.
 *
 * ```text
 *            connect            lock free                  office taken
 * stopped ──────────▶ standby ─────────────▶ acquired ─────────────────────▶ leader
 *    ▲                 ▲   │ heir lock free       │ session lost                │ resign, shutdown,
 *    │                 │   ▼                      ▼                             │ onElected failed, session
 *    └── shutdown ─────┴─ heir ◀────────── stepping down ◀──────────────────────┘ lost, lease unconfirmed
 * ```
 *
 * - A **standby** tries the lock every couple of seconds. One of them, the **heir**, holds the election's second lock and
 *   tries every 50 ms, so that a crash is followed by a new leader within a tenth of a second, whatever the fleet's size.
 * - A **leader** trusts itself until `renewDeadline` after *sending* the last statement that the server answered.
 *   `isLeader` compares at every read, so a process that wakes from a freeze reads `false` before any timer has run. The
 *   server waits for longer (`leaseDuration`) before it gives the lock away; the difference is what duties have to stop.
 * - **Stepping down** keeps an order: `isLeader` is false and the term's signal aborted; jobs stop and subscribers hear of
 *   it; hooks and running handlers are awaited; only then, where the session lives, the lock is released. So a successor
 *   does not start while its predecessor's duties are still being stopped.
 *
 * What is *not* guaranteed: a process can be frozen between reading `isLeader` and the side effect that follows, and
 * carry it out after another leads. Nothing on this side of the wire can prevent that; a resource that refuses a write
 * whose `term` is lower than one it has seen can, and so can a transaction on the session that holds the lock
 * (`leadership.transaction()`).
 */
import { Absence } from './absence.js';
import type { Announcement, LeaderInfo } from './announcement.js';
import type { ElectionAttendance } from './attendance.js';
import type { ElectionKeys } from './connection.js';
import type { ElectionSetup } from './election-setup.js';
import { Emitter } from './emitter.js';
import type { LeaderElectionEvent } from './events.js';
import type { Leadership, LossReason } from './leadership.js';
import type { Polling, Won } from './polling.js';
import { Predecessor } from './predecessor.js';
import { ResignationWatch } from './resignation.js';
import { sendable } from './sendable.js';
import type { Session } from './session.js';
import { takeOffice } from './taking-office.js';
import { Tenure } from './tenure.js';
import { isError, messageOf, propertyOf, stackOf } from './thrown.js';
import { aborted, waitFor } from './wait-for.js';

/**
 * What an instance is in an election. An instance that holds the lock but does not lead yet is still what it was.
 * - `leader`: it leads, or would if its lease were confirmed at the moment
 * - `heir`: the one candidate that polls fast, and so is the next to lead
 * - `standby`: a candidate like any other
 * - `observer`: it never leads (`candidate: false`)
 * - `stopped`: it does not take part yet, or any more
 */
export type Role = 'leader' | 'heir' | 'standby' | 'observer' | 'stopped';

/** Gives the live session (with its polling), or waits for one; undefined when stopped before there is one. */
export type LivePolling = (stop: AbortSignal) => Promise<Polling | undefined>;

type EventDetails = LeaderElectionEvent extends infer E
  ? E extends LeaderElectionEvent
    ? Omit<E, 'election' | 'at'>
    : never
  : never;

/** @internal */
export class Election {
  readonly name: string;
  readonly keys: ElectionKeys;
  readonly events = new Emitter<LeaderElectionEvent>();
  readonly #setup: ElectionSetup;
  #waitingAs: Exclude<Role, 'leader'> = 'stopped';
  #tenure: Tenure | undefined;
  #polling: Polling | undefined;
  #watch: ResignationWatch | undefined;
  readonly #predecessor: Predecessor;
  #leader: LeaderInfo | undefined;
  /** Since it was connected. */
  #saidWhoLeads = false;
  readonly #absence: Absence;

  constructor(setup: ElectionSetup) {
    this.name = setup.name;
    this.keys = setup.keys;
    this.#setup = setup;
    this.#predecessor = new Predecessor(setup.clock);
    this.#absence = new Absence(setup);
  }

  /** Whether this instance leads at this instant, with a confirmed lease. */
  get isLeader(): boolean {
    return this.#tenure?.isConfirmed === true;
  }

  /** The current term, if it is ours and the lease is confirmed. */
  get leadership(): Leadership | undefined {
    return this.isLeader ? this.#tenure?.term : undefined;
  }

  get role(): Role {
    return this.#tenure?.lasts ? 'leader' : this.#waitingAs;
  }

  /** Who leads, as far as this instance knows. */
  get leader(): LeaderInfo | undefined {
    return this.#leader;
  }

  /** Contends, leads, steps down, and contends again, until `stop` aborts; resolves when everything has ended. */
  async run(live: LivePolling, stop: AbortSignal): Promise<void> {
    while (!stop.aborted) {
      this.#waitingAs = this.#setup.candidate ? 'standby' : 'observer';
      const polling = await live(stop);
      if (!polling) break;
      if (polling !== this.#polling) this.#join(polling);
      if (!this.#setup.candidate) {
        await waitFor(stop, (tell) => polling.session.onEnd(tell));
      } else {
        await this.#absence.pass(stop);
        const won = await this.#contend(polling, stop);
        if (won) await this.#lead(polling.session, won, stop);
      }
    }
    this.#waitingAs = 'stopped';
    this.#learnLeader(undefined);
  }

  /** Steps down if leading, and resolves when the lock has been released. */
  async resign(): Promise<void> {
    const tenure = this.#tenure;
    if (!tenure) return;
    if (this.#demote(tenure, 'resigned')) this.#absence.resigned();
    await tenure.released.promise;
  }

  /** Takes a hint from another instance. `sender` is the server's process that sent it. */
  hear(announcement: Announcement, sender: number): void {
    const { self, timings } = this.#setup;
    this.#watch?.hear(announcement, sender);
    switch (announcement.type) {
      case 'elected':
      case 'leading': {
        const { leader } = announcement;
        if (leader.instanceId === self.instanceId || this.role === 'leader') return;
        // The server delivers announcements in the order of their commits, so the last one is right.
        if (this.#learnLeader(leader)) this.#sayWhoLeads(leader);
        if (announcement.type === 'leading') return;
        this.#predecessor.serves(this.#setup.clock.now().wall);
        // Another leads: whoever resigned may contend again, and the heir's place is free.
        this.#absence.anotherElected();
        this.#polling?.hurry(this.keys.lock, timings.retryInterval / 4);
        return;
      }
      case 'stepping-down':
        if (announcement.instanceId !== self.instanceId)
          this.#predecessor.servedUntil(announcement.servedUntil);
        return;
      case 'resigned':
        if (announcement.instanceId === self.instanceId) return;
        if (announcement.servedUntil !== undefined)
          this.#predecessor.servedUntil(announcement.servedUntil);
        if (announcement.instanceId === this.#leader?.instanceId) this.#learnLeader(undefined);
        this.#polling?.hurry(this.keys.lock, timings.heirInterval);
        return;
      case 'resign-request':
        // For a certain successor: whether that is for the good of the fleet is decided elsewhere.
        if (announcement.instanceId === self.instanceId && announcement.successor === undefined)
          void this.resign();
        return;
      case 'acquired':
      case 'who-leads':
      case 'roll-call':
        return;
    }
  }

  /** What this instance answers to a newcomer, if it leads. */
  get introduction(): Announcement | undefined {
    return this.isLeader && this.#leader
      ? { type: 'leading', key: this.keys.lock, leader: this.#leader }
      : undefined;
  }

  /** What this instance answers to a roll call. */
  get attendance(): ElectionAttendance {
    const { name, role } = this;
    const term = this.#tenure?.lasts ? this.#tenure.term : undefined;
    return {
      name,
      key: this.keys.lock,
      role,
      ...(term && { term: term.term, since: term.since }),
    };
  }

  /** The connection came, or went. */
  connectionChanged(error: Error | undefined): void {
    if (error) {
      // Nobody tells us any more who leads.
      this.#learnLeader(undefined);
      this.#emit({ type: 'connection-lost', error });
    } else {
      this.#emit({ type: 'connection-restored' });
    }
  }

  #join(polling: Polling): void {
    const { candidate, sharesKey, takeover } = this.#setup;
    this.#polling = polling;
    this.#saidWhoLeads = false;
    // An elector written elsewhere does not say when it acquires the lock.
    const watches = candidate && takeover === 'strict' && !sharesKey;
    this.#watch = watches ? new ResignationWatch(polling.session, this.keys.lock) : undefined;
  }

  // --- standby and heir ----------------------------------------------------------------------------------------------

  /** How the lock became ours; undefined when the session or the election is over. */
  async #contend(polling: Polling, stop: AbortSignal): Promise<Won | undefined> {
    const watching = new AbortController();
    this.#watchPredecessor(polling.session, watching.signal);
    const outcome = await waitFor<Won | 'over'>(stop, (tell) => {
      const offEnd = polling.session.onEnd(() => {
        tell('over');
      });
      const withdraw = polling.contend({
        keys: this.keys,
        onHeir: () => {
          this.#waitingAs = 'heir';
        },
        onLock: tell,
      });
      return () => {
        offEnd();
        withdraw();
      };
    });
    watching.abort();
    return outcome === 'over' ? undefined : outcome;
  }

  #watchPredecessor(session: Session, signal: AbortSignal): void {
    const { duties } = this.#setup;
    const watched = { lock: this.keys.lock, nextDue: (at: number) => duties.nextDue?.(at) };
    void this.#predecessor.watch(session, watched, signal);
  }

  // --- leader --------------------------------------------------------------------------------------------------------

  async #lead(session: Session, won: Won, stop: AbortSignal): Promise<void> {
    const before = { predecessor: this.#predecessor, watch: this.#watch };
    const term = await takeOffice(this.#setup, session, before, stop);
    if (session.ended) return; // Nobody was told that we lead.
    if (!term || stop.aborted) {
      // Not announced: a resignation would tell others that there is no predecessor to wait for, and there may be one.
      this.#learnLeader(undefined);
      await this.#giveUp(session, this.keys.lock);
      if (won.wasHeir) await this.#giveUp(session, this.keys.heir);
      return;
    }
    const tenure = new Tenure(term, session, this.#setup);
    const endSupport = session.support();
    const offEnd = session.onEnd(({ reason }) => {
      this.#demote(tenure, reason === 'lease_expired' ? 'lease_expired' : 'conn_lost');
    });
    const offTrust = session.onTrust((trusted) => {
      if (!term.lost)
        this.#emit({ type: trusted ? 'lease-confirmed' : 'lease-unconfirmed', leadership: term });
    });
    const shutdown = () => {
      this.#demote(tenure, 'shutdown');
    };
    stop.addEventListener('abort', shutdown);

    this.#begin(tenure, won);
    await aborted(term.signal);

    stop.removeEventListener('abort', shutdown);
    offTrust();
    offEnd();
    const { ended, unfinished } = await tenure.drain();
    await this.#release(tenure);
    endSupport({ abandoned: !ended });
    this.#tenure = undefined;
    this.#emit({ type: 'released', leadership: term, abandoned: unfinished });
    tenure.released.resolve();
  }

  #begin(tenure: Tenure, won: Won): void {
    const { clock, duties, logger, self } = this.#setup;
    const { term, session } = tenure;
    const leader: LeaderInfo = sendable({ ...self, term: term.term, since: term.since });
    this.#tenure = tenure;
    this.#waitingAs = 'standby'; // what it falls back to
    this.#leader = leader;
    const announcement: Announcement = { type: 'elected', key: this.keys.lock, leader };
    if (won.wasHeir) void this.#unlock(session, this.keys.heir, announcement);
    else session.run((connection) => connection.announce([announcement])).catch(() => undefined);
    logger.log(`Leading "${this.name}" in term ${term.term}`);
    const gap = won.takenAt === undefined ? undefined : clock.now().monotonic - won.takenAt;
    this.#emit({ type: 'elected', leadership: term, gap });
    if (term.lost) return; // Somebody who heard of it made us resign.
    this.#emit({ type: 'leader-changed', leader });
    if (term.lost) return;
    const showLife = () => {
      session.showLife();
    };
    duties.start(term, showLife).then(
      () => {
        this.#absence.started();
      },
      (error: unknown) => {
        this.#startFailed(tenure, error);
      },
    );
  }

  #startFailed(tenure: Tenure, error: unknown): void {
    const { term } = tenure;
    const { logger } = this.#setup;
    // Duties that were told to stop while starting may well say so by rejecting.
    if (term.lost && (error === term.signal.reason || isAbortError(error))) return;
    const message = messageOf(error);
    logger.error(
      `The duties of "${this.name}" failed in term ${term.term}: ${message}`,
      stackOf(error),
    );
    if (term.lost) return;
    const milliseconds = this.#absence.failed(term.since);
    this.#demote(tenure, 'error');
    logger.warn(
      `"${this.name}": this instance stays out for ${milliseconds} ms and lets another lead`,
    );
  }

  // --- stepping down -------------------------------------------------------------------------------------------------

  /** Ends the leadership at once; what takes time follows in `#lead`. False when it had ended before. */
  #demote(tenure: Tenure, reason: LossReason): boolean {
    if (!tenure.end(reason)) return false;
    this.#predecessor.servedUntil(tenure.servedUntil);
    if (this.#setup.duties.nextDue?.(0) !== undefined) this.#announceSteppingDown(tenure);
    this.#emit({ type: 'demoted', leadership: tenure.term, reason });
    if (tenure.session.ended) {
      this.#learnLeader(undefined);
      this.#absence.lostSession();
    }
    return true;
  }

  /**
   * Says until when a successor has nothing to catch up on. Before the release, because a lock can be had a moment before
   * it is heard that it was released.
   */
  #announceSteppingDown({ session, servedUntil }: Tenure): void {
    const { lock: key } = this.keys;
    const { instanceId } = this.#setup.self;
    session
      .run((connection) =>
        connection.announce([{ type: 'stepping-down', key, instanceId, servedUntil }]),
      )
      .catch(() => undefined); // The session is over.
  }

  /** Frees the lock, and says so. */
  async #release({ session, servedUntil }: Tenure): Promise<void> {
    this.#learnLeader(undefined);
    const { instanceId } = this.#setup.self;
    const { lock } = this.keys;
    await this.#unlock(session, lock, { type: 'resigned', key: lock, instanceId, servedUntil });
  }

  async #unlock(session: Session, lock: bigint, announcement: Announcement): Promise<void> {
    try {
      const done = await session.run((connection) =>
        connection.unlockAndAnnounce(lock, announcement),
      );
      if (!done) await session.run((connection) => connection.unlock(lock));
    } catch {
      // The session is over, and the lock with it.
    }
  }

  /** Frees a lock without a word: whoever polls finds it. */
  async #giveUp(session: Session, lock: bigint): Promise<void> {
    await session.run((connection) => connection.unlock(lock)).catch(() => undefined);
  }

  // --- telling -------------------------------------------------------------------------------------------------------

  /** False when it was known. */
  #learnLeader(leader: LeaderInfo | undefined): boolean {
    if (leader?.instanceId === this.#leader?.instanceId && leader?.term === this.#leader?.term)
      return false;
    this.#leader = leader && sendable({ ...leader });
    this.#emit({ type: 'leader-changed', leader: this.#leader });
    return true;
  }

  /**
   * So that an instance on which nothing runs tells why, also where another application has an election of this name. Once
   * for a connection, and in one line: anyone who can connect to the database can announce anything.
   */
  #sayWhoLeads({ instanceId, term }: LeaderInfo): void {
    if (this.#saidWhoLeads) return;
    this.#saidWhoLeads = true;
    const name = JSON.stringify(instanceId).slice(1, -1);
    const inTerm = term === undefined ? '' : `, in term ${term}`;
    this.#setup.logger.log(`"${this.name}" is led by ${name}${inTerm}`);
  }

  #emit(details: EventDetails): void {
    const at = new Date(this.#setup.clock.now().wall);
    this.events.emit(sendable({ ...details, election: this.name, at }));
  }
}

function isAbortError(error: unknown): boolean {
  return isError(error) && propertyOf(error, 'name') === 'AbortError';
}
