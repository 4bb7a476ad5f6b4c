/**
 * An election, as one instance sees it.
 *
 * An election is an advisory lock in PostgreSQL. The leader is the instance whose session holds that lock. The protocol
 * needs no table, no expiry column and no synchronised clocks: the server releases the lock when the session ends, and
 * it ends a session that has been silent for `leaseDuration`.
 *
 * **Terminology**
 *
 * - **election**: a name (or a lock key) for which at most one instance leads at a time
 * - **instance**: a running process that takes part in elections
 * - **session**: an instance's connection to PostgreSQL, as the server sees it. All elections of the instance share it
 * - **candidate**: an instance that may lead. All other instances are **observers**
 * - **standby**: a candidate that does not lead
 * - **heir**: the one standby of an election that tries the lock every `heirInterval` (50 ms), so that it leads next
 * - **reserve**: the candidates without a session, if `maxCandidates` limits their number. They check in periodically
 * - **leader**: the instance whose session holds the lock and whose term has begun
 * - **lease**: the time for which a leader may act after the server has answered. Once it runs out, it is *unconfirmed*
 * - **term**: one uninterrupted leadership. Its number is the **fencing token**, greater than that of every earlier
 *   term
 * - **takeover**: the step from acquiring the lock to starting the term. The new leader waits here while a predecessor
 *   may still trust its lease
 *
 * **States**
 *
 * ```text
 *            connect            lock free                  term started
 * stopped ──────────▶ standby ─────────────▶ acquired ─────────────────────▶ leader
 *    ▲                 ▲   │ heir lock free       │ session lost                │ resign, shutdown,
 *    │                 │   ▼                      ▼                             │ onElected failed, session
 *    └── shutdown ─────┴─ heir ◀────────── stepping down ◀──────────────────────┘ lost, lease unconfirmed
 * ```
 *
 * **Polling.** Each standby tries the lock every `retryInterval` (2 s). The heir holds a second lock of the election
 * and tries the first one every `heirInterval`. So a new leader follows a crash within a tenth of a second, regardless
 * of the size of the fleet.
 *
 * **Leading.** A leader trusts its lease until `renewDeadline` after *sending* the last statement that the server
 * answered. `isLeader` compares the clock at every read, so a process that wakes up from a freeze reads `false` before
 * any timer fires. The server releases the lock later, after `leaseDuration`. The difference is the time for stopping
 * the duties.
 *
 * **Stepping down.** The steps have a fixed order:
 *
 * 1. `isLeader` becomes false and the signal of the term aborts.
 * 2. Jobs stop, and subscribers are notified.
 * 3. The instance waits for hooks and running handlers.
 * 4. It releases the lock, if the session is still alive.
 *
 * So a successor does not start while the duties of its predecessor are still being stopped.
 *
 * **Limits.** A process can freeze between reading `isLeader` and the side effect that depends on it, and perform the
 * side effect after another instance has become leader. No client can prevent this. A resource can, if it rejects
 * writes with a lower `term` than it has seen; so can a transaction on the session that holds the lock
 * (`leadership.transaction()`).
 */
import { inBackground, reportFailure } from '../common/background.js';
import { Emitter } from '../common/emitter.js';
import { isError, messageOf, propertyOf, stackOf } from '../common/thrown.js';
import { withJson } from '../common/with-json.js';
import type { Announcement } from '../model/announcement.js';
import type { ElectionSetup, ElectionKeys } from '../model/election-setup.js';
import type { LeaderElectionEvent } from '../model/events.js';
import type { ElectionReport, LeaderInfo, Role } from '../model/instance-report.js';
import type { Leadership, LossReason } from '../model/leadership.js';
import type { SessionIdentity } from '../port/session-control.js';
import type { HolderLookup, Sighting } from '../session/holder-lookup.js';
import type { LockPoller, Acquisition } from '../session/lock-poller.js';
import type { Session } from '../session/session.js';
import { aborted, waitFor, sleep } from '../time/wait.js';
import { CampaignBackoff } from './campaign-backoff.js';
import { HolderWatch, type Claim, type Evidence } from './holder-watch.js';
import { LeaderLiveness } from './leader-liveness.js';
import { startTerm } from './start-term.js';
import { mayContendFrom } from './takeover-rule.js';
import type { Term } from './term.js';

/** A live session and the helpers that all elections on it share. */
export interface OpenSession {
  readonly session: Session;
  readonly poller: LockPoller;
  readonly holders: HolderLookup;
}

/** Returns the live session, or waits for one; undefined if `stop` aborts first. */
export type LiveSession = (stop: AbortSignal) => Promise<OpenSession | undefined>;

type EventDetails = LeaderElectionEvent extends infer E
  ? E extends LeaderElectionEvent
    ? Omit<E, 'election' | 'at'>
    : never
  : never;

/** The longest time for which a new leader delays a requested resignation, in milliseconds. */
const LONGEST_HOLD = 2_000;

/** @internal */
export class Election {
  readonly name: string;
  readonly keys: ElectionKeys;
  readonly events = new Emitter<LeaderElectionEvent>();
  readonly #setup: ElectionSetup;
  #waitingAs: Exclude<Role, 'leader'> = 'stopped';
  #term: Term | undefined;
  #open: OpenSession | undefined;
  #watch: HolderWatch | undefined;
  readonly #liveness: LeaderLiveness;
  #leader: LeaderInfo | undefined;
  #successor: string | undefined;
  /** The PID of the backend that serves the leader's session. */
  #leaderPid: number | undefined;
  /** Whether the leader was logged on this connection. */
  #saidWhoLeads = false;
  #inReserve = false;
  /** The token of the leader's session, if the leader has announced it. */
  #leaderToken: bigint | undefined;
  #warnedOfFast = false;
  readonly #backoff: CampaignBackoff;
  /** `given back`: the holder was seen to release the lock. `taken`: another instance leads. */
  readonly #lockNews = new Emitter<'given back' | 'taken'>();

  constructor(setup: ElectionSetup) {
    this.name = setup.name;
    this.keys = setup.keys;
    this.#setup = setup;
    this.#liveness = new LeaderLiveness(setup);
    this.#backoff = new CampaignBackoff(setup);
  }

  /** Whether this instance leads with a confirmed lease at the time of the call. */
  get isLeader(): boolean {
    return this.#term?.isConfirmed === true;
  }

  /** The current leadership; undefined unless `isLeader` is true. */
  get leadership(): Leadership | undefined {
    return this.isLeader ? this.#term?.leadership : undefined;
  }

  get role(): Role {
    if (this.#term?.lasts) return 'leader';
    return this.#inReserve && this.#waitingAs === 'standby' ? 'reserve' : this.#waitingAs;
  }

  /** The current leader; undefined if it is unknown to this instance. */
  get leader(): LeaderInfo | undefined {
    return this.#leader;
  }

  /** The successor that the leader has named, until the next leader is known. */
  get successor(): string | undefined {
    return this.#successor;
  }

  /** Contends, leads and steps down in a loop until `stop` aborts. Resolves when everything has ended. */
  async run(live: LiveSession, stop: AbortSignal): Promise<void> {
    while (!stop.aborted) {
      this.#waitingAs = this.#setup.candidate ? 'standby' : 'observer';
      const open = await live(stop);
      if (!open) break;
      if (this.#setup.candidate) await this.#stand(open, stop);
      else await waitFor(stop, (tell) => open.session.onEnd(tell));
    }
    this.#waitingAs = 'stopped';
    this.#learnLeader(undefined);
  }

  /** Steps down if leading, and resolves when the lock is released. `successor` may contend first. */
  async resign(successor?: string): Promise<void> {
    const term = this.#term;
    if (!term) return;
    if (term.lasts) term.successor = this.#successor = successor;
    if (this.#demote(term, 'resigned')) this.#backoff.resigned();
    await term.released.promise;
  }

  /**
   * Resolves with true when the current term has lasted for `retryInterval`, or {@link LONGEST_HOLD} if that is
   * shorter; with false if it ends earlier or there is none. Resign requests wait for this, so that they can't keep a
   * fleet busy with hand-overs.
   */
  async settled(): Promise<boolean> {
    const term = this.#term;
    if (!term) return false;
    const { clock, timings } = this.#setup;
    const hold = Math.min(timings.retryInterval, LONGEST_HOLD);
    const age = clock.now().monotonic - term.beganAt;
    if (age < hold) await sleep(clock, hold - age, term.leadership.signal);
    return term.lasts;
  }

  /** Tries the lock soon, because it may have become free. */
  retrySoon(): void {
    this.#open?.poller.retrySoon(this.keys.lock, this.#setup.timings.heirInterval);
  }

  /** Handles an announcement of another instance. `sender` is the PID of the backend that sent it. */
  onMessage(announcement: Announcement, sender: number): void {
    const watch = this.#watch;
    if (!watch || sender === this.#open?.session.connection.identity.pid) return;
    switch (announcement.type) {
      case 'acquired':
      case 'elected':
      case 'leading':
        watch.onClaim(sender, announcement);
        return;
      case 'stepping-down':
        if (!watch.isHolder(sender)) return;
        this.#liveness.servedUntil(sender, announcement.servedUntil);
        this.#giveWayTo(announcement.successor);
        return;
      case 'resigned':
        if (!watch.onResigned(sender)) return;
        if (watch.isVacant) this.#lockNews.emit('given back');
        if (announcement.servedUntil !== undefined)
          this.#liveness.servedUntil(sender, announcement.servedUntil);
        this.#learnLeader(undefined);
        this.#giveWayTo(announcement.successor);
        this.retrySoon();
        return;
      case 'resign-request':
      case 'same-name':
      case 'place-free':
      case 'who-leads':
      case 'roll-call':
        return; // The instance handles these.
    }
  }

  /** The answer to a new instance that asks who leads; undefined unless this instance leads. */
  get leadingMessage(): Announcement | undefined {
    return this.isLeader && this.#leader
      ? {
          type: 'leading',
          key: this.keys.lock,
          leader: this.#leader,
          ...(this.#open && { token: this.#open.session.connection.identity.token }),
          takeover: this.#setup.takeover,
        }
      : undefined;
  }

  /** The state of this election for the instance report. */
  get report(): ElectionReport {
    const { name, role } = this;
    const leadership = this.#term?.lasts ? this.#term.leadership : undefined;
    return {
      name,
      key: this.keys.lock,
      role,
      ...(leadership && { term: leadership.term, since: leadership.since }),
    };
  }

  /** Called when a connection was established. */
  connected(open: OpenSession): void {
    this.#saidWhoLeads = false;
    this.checkIn(open);
    if (this.#inReserve) this.#emit({ type: 'reserve-left' });
    this.#inReserve = false;
    this.#emit({ type: 'connection-restored' });
  }

  /** Identifies the leader's session, so that a later lookup can tell whether the same leader still leads. */
  get leaderSession(): SessionIdentity | undefined {
    const [pid, token] = [this.#leaderPid, this.#leaderToken];
    return this.#leader && pid !== undefined && token !== undefined ? { pid, token } : undefined;
  }

  /** Called when a lookup has shown that the leader still leads. */
  sawLeader(pid: number, seen: Sighting): void {
    this.#liveness.saw(pid, seen);
  }

  /** Called when a lookup could not confirm that the leader still leads. */
  forgetLeader(): void {
    this.#learnLeader(undefined);
  }

  /** Uses a session to find out who leads. The instance may keep the session later (`connected`). */
  checkIn(open: OpenSession): void {
    if (this.#open === open) return;
    this.#open = open;
    const { session, holders } = open;
    this.#watch = new HolderWatch({
      session,
      holders,
      lock: this.keys.lock,
      sharesKey: this.#setup.sharesKey ?? false,
      logger: this.#setup.logger,
      onLeader: (pid, evidence) => {
        this.#onLeader(pid, evidence);
      },
      onAcquired: (pid, seen) => {
        this.#liveness.sawCandidate(pid, seen);
      },
      onFree: () => {
        this.#learnLeader(undefined);
      },
    });
  }

  /**
   * Called when this instance has checked in and found no place. It has no session until the next check-in, but keeps
   * the known leader.
   */
  checkedIn(): void {
    this.#open = this.#watch = undefined;
    if (this.#inReserve) return;
    this.#inReserve = true;
    this.#emit({ type: this.#setup.candidate ? 'reserve-entered' : 'connection-restored' });
  }

  /** Called when the connection was lost, or the first attempt to connect failed. */
  disconnected(error: Error): void {
    this.#open = this.#watch = this.#successor = undefined;
    this.#inReserve = false;
    this.#learnLeader(undefined); // Without a connection, the leader is unknown.
    this.#emit({ type: 'connection-lost', error });
  }

  /** Called when a lookup has shown another leader, or the leader has announced itself. */
  #onLeader(pid: number, { claim, again, seen }: Evidence): void {
    const { timings } = this.#setup;
    const isNew = pid !== this.#leaderPid;
    // A new holder may have got the lock by chance and leave it to the heir. A holder seen twice leads, even if its
    // announcement was lost.
    if (seen && isNew && !claim) this.#liveness.sawCandidate(pid, seen);
    else if (seen) this.#liveness.saw(pid, seen, again);
    else if (claim?.type === 'elected') this.#liveness.wasElected(pid);
    if (claim && 'leader' in claim) {
      const leader = this.#bounded(claim.leader);
      if (this.#learnLeader(leader, pid)) this.#sayWhoLeads(leader);
      if (claim.type === 'leading') this.#leaderToken = claim.token;
      this.#warnOfFast(claim);
    } else if (isNew) {
      this.#learnLeader(undefined);
    }
    if (!isNew) return;
    this.#leaderPid = pid;
    this.#lockNews.emit('taken');
    // If this instance has resigned, it may contend again. The heir's lock is free.
    this.#backoff.anotherElected();
    this.#open?.poller.retrySoon(this.keys.lock, timings.retryInterval / 4);
  }

  /** Corrects a `since` that is in the future by the clock of this instance. */
  #bounded({ since, ...leader }: LeaderInfo): LeaderInfo {
    const now = this.#setup.clock.now().wall;
    return since ? { ...leader, since: new Date(Math.min(since.getTime(), now)) } : leader;
  }

  // --- standby and heir ----------------------------------------------------------------------------------------------

  /** Contends for the lock, and leads until the leadership, the session or the election ends. */
  async #stand(open: OpenSession, stop: AbortSignal): Promise<void> {
    const watching = new AbortController();
    this.#watchLiveness(watching.signal);
    const endWatching = open.session.onEnd(() => {
      watching.abort();
    });
    await this.#backoff.pass(stop);
    let won: Acquisition | 'later' | undefined;
    do {
      const from = await this.#letOthersGoFirst(open, stop);
      won = await this.#contend(open, from, stop);
    } while (won === 'later');
    watching.abort();
    endWatching();
    if (won) await this.#lead(open.session, won, stop);
  }

  /**
   * Waits before contending. An instance that has to wait after acquiring the lock would keep the lock from instances
   * that could lead at once. So it does not try the lock until it could lead itself: when the waiting time has passed,
   * or the last leader was seen to release the lock.
   *
   * With `strict`, the waiting time starts with the lock, so it takes the lock once all others have left it free.
   *
   * @returns the moment from which it may lead without having seen a release, in monotonic milliseconds
   */
  async #letOthersGoFirst({ session, holders }: OpenSession, stop: AbortSignal): Promise<number> {
    const { clock, takeover, timings } = this.#setup;
    const { connection, openedAt: connectedAt, predecessorLostAt: lostAt } = session;
    const { renewDeadline, retryInterval } = timings;
    const { server } = connection;
    const from = mayContendFrom({ renewDeadline, server, connectedAt, lostAt });
    /** By then, all other standbys have tried once. */
    const everybodysTurn = 1.25 * retryInterval;
    let freeSince: number | undefined;
    for (;;) {
      const now = clock.now().monotonic;
      if (now >= from || stop.aborted || session.ended || this.#watch?.isVacant) return from;
      if (takeover === 'strict') {
        const seen = await holders.ask(this.keys.lock);
        const isFree = seen !== undefined && seen.holder === undefined;
        if (isFree && freeSince !== undefined && now - freeSince >= everybodysTurn) return from;
        freeSince = isFree ? (freeSince ?? now) : undefined;
      }
      await this.#sleepUntilGivenBack(session, Math.min(from - now, 1.5 * retryInterval), stop);
    }
  }

  /** Sleeps until the lock is given back; returns at once if that has already happened. */
  async #sleepUntilGivenBack(
    session: Session,
    milliseconds: number,
    stop: AbortSignal,
  ): Promise<void> {
    await waitFor<unknown>(stop, (tell) => {
      const offs = [
        this.#lockNews.on((news) => {
          if (news === 'given back') tell(undefined);
        }),
        session.clock.after(milliseconds, () => {
          tell(undefined);
        }),
        session.onEnd(tell),
      ];
      if (this.#watch?.isVacant) tell(undefined);
      return () => {
        for (const off of offs) off();
      };
    });
  }

  /** Lets the named successor contend first. */
  #giveWayTo(successor: string | undefined): void {
    const { self, timings } = this.#setup;
    this.#successor = successor;
    if (successor === undefined) return;
    if (successor === self.instanceId)
      this.#open?.poller.goFirst(this.keys.lock, timings.retryInterval);
    else this.#open?.poller.giveWay(this.keys.lock, timings.retryInterval);
  }

  /**
   * Contends until this instance gets the lock; undefined when the session or the election is over.
   *
   * @param from until this moment, in monotonic milliseconds, this instance may lead only as the direct successor of
   *   the leader that it saw release the lock. If another instance leads in the meantime, the result is `later`: wait
   *   and retry
   */
  async #contend(
    { session, poller }: OpenSession,
    from: number,
    stop: AbortSignal,
  ): Promise<Acquisition | 'later' | undefined> {
    const { clock } = this.#setup;
    const outcome = await waitFor<Acquisition | 'later' | 'over'>(stop, (tell) => {
      const offEnd = session.onEnd(() => {
        tell('over');
      });
      const offNews = this.#lockNews.on((news) => {
        if (news === 'taken' && clock.now().monotonic < from) tell('later');
      });
      const withdraw = poller.contend({
        keys: this.keys,
        onHeir: (isHeir) => {
          this.#waitingAs = isHeir ? 'heir' : 'standby';
        },
        onLock: tell,
      });
      return () => {
        offEnd();
        offNews();
        withdraw();
      };
    });
    if (outcome === 'later') this.#waitingAs = 'standby';
    return outcome === 'over' ? undefined : outcome;
  }

  /** Guards against errors: duties contain code of the application. */
  #nextDue(seenAt: number): number | undefined {
    const { duties, logger } = this.#setup;
    try {
      return duties.nextDue?.(seenAt);
    } catch (error) {
      reportFailure(`Checking for missed ticks of "${this.name}"`, logger, error);
      return undefined;
    }
  }

  #watchLiveness(signal: AbortSignal): void {
    const { duties, logger } = this.#setup;
    if (!duties.nextDue) return;
    const watched = {
      nextDue: (seenAt: number) => this.#nextDue(seenAt),
      look: async () => this.#watch?.look(),
    };
    inBackground(`Watching the leader of "${this.name}"`, logger, () =>
      this.#liveness.watch(watched, signal),
    );
  }

  // --- leader --------------------------------------------------------------------------------------------------------

  async #lead(session: Session, won: Acquisition, stop: AbortSignal): Promise<void> {
    if (session.ended) return;
    const watch = this.#watch;
    watch?.acquired();
    const before = {
      seenAt: () => this.#liveness.seenAt,
      resignation: () => watch?.resignation,
    };
    const term = await startTerm(this.#setup, session, before, stop);
    if (session.ended) return; // The leadership was not announced.
    if (!term || stop.aborted) {
      // Not announced: others would take it as a resignation and not wait, although a predecessor may still trust its
      // lease.
      this.#learnLeader(undefined);
      const { heir, lock } = this.keys;
      await Promise.all(
        (won.wasHeir ? [lock, heir] : [lock]).map((key) => this.#unlock(session, key)),
      );
      watch?.released(false);
      return;
    }
    const { leadership } = term;
    const release = session.retain();
    const offEnd = session.onEnd(({ reason }) => {
      this.#demote(term, reason === 'lease_expired' ? 'lease_expired' : 'conn_lost');
    });
    const offLease = session.onLeaseChange((isConfirmed) => {
      if (term.lasts)
        this.#emit({ type: isConfirmed ? 'lease-confirmed' : 'lease-unconfirmed', leadership });
    });
    const shutdown = () => {
      this.#demote(term, 'shutdown');
    };
    stop.addEventListener('abort', shutdown);

    this.#begin(term, won);
    await aborted(leadership.signal);

    stop.removeEventListener('abort', shutdown);
    offLease();
    offEnd();
    const { ended, unfinished } = await term.drain();
    await this.#release(term);
    watch?.released(true);
    release({ abandoned: !ended });
    this.#term = undefined;
    this.#emit({ type: 'released', leadership, abandoned: unfinished });
    term.released.resolve();
  }

  #begin(term: Term, won: Acquisition): void {
    const { clock, duties, logger, self } = this.#setup;
    const { leadership, session } = term;
    const leader: LeaderInfo = withJson({
      ...self,
      term: leadership.term,
      since: leadership.since,
    });
    this.#term = term;
    this.#waitingAs = 'standby'; // The role after this term.
    this.#leader = leader;
    this.#successor = undefined;
    this.#leaderPid = session.connection.identity.pid;
    const { takeover } = this.#setup;
    const announcement: Announcement = { type: 'elected', key: this.keys.lock, leader, takeover };
    inBackground(`Announcing the leader of "${this.name}"`, logger, () =>
      won.wasHeir
        ? this.#unlock(session, this.keys.heir, announcement)
        : this.#announce(session, announcement),
    );
    logger.log(`Leading "${this.name}" in term ${leadership.term}`);
    const gap = won.takenAt === undefined ? undefined : clock.now().monotonic - won.takenAt;
    this.#emit({ type: 'elected', leadership, gap });
    if (!term.lasts) return; // A listener called `resign()`.
    this.#emit({ type: 'leader-changed', leader });
    if (!term.lasts) return;
    const heartbeatNow = () => {
      session.heartbeatNow();
    };
    duties.start(leadership, heartbeatNow).then(
      () => {
        if (term.lasts) this.#backoff.started(); // Not if it was abandoned and returns during a later term.
      },
      (error: unknown) => {
        this.#startFailed(term, error);
      },
    );
  }

  #startFailed(term: Term, error: unknown): void {
    const { leadership } = term;
    const { logger } = this.#setup;
    // Duties that are stopped while they start may reject with the abort reason.
    if (!term.lasts && (error === leadership.signal.reason || isAbortError(error))) return;
    const milliseconds = term.lasts ? this.#backoff.failed(leadership.since) : undefined;
    this.#demote(term, 'error');
    logger.error(
      `The duties of "${this.name}" failed in term ${leadership.term}: ${messageOf(error)}`,
      stackOf(error),
    );
    if (milliseconds === undefined) return;
    logger.warn(
      `"${this.name}": not contending for ${milliseconds} ms, so that another instance can lead`,
    );
  }

  // --- stepping down -------------------------------------------------------------------------------------------------

  /** Ends the leadership at once; `#lead` performs the remaining steps. Returns false if it had already ended. */
  #demote(term: Term, reason: LossReason): boolean {
    if (!term.end(reason)) return false;
    this.#liveness.servedUntil(term.session.connection.identity.pid, term.servedUntil);
    const catchesUp = this.#nextDue(0) !== undefined;
    if (catchesUp || term.successor !== undefined) this.#announceSteppingDown(term);
    this.#emit({ type: 'demoted', leadership: term.leadership, reason });
    if (term.session.ended) this.#learnLeader(undefined);
    return true;
  }

  /**
   * Announces until when the duties were served, so that a successor knows what to catch up on, and the successor, if
   * one is named. Sent before the release, because another instance may acquire the lock before a message about the
   * release arrives.
   */
  #announceSteppingDown(term: Term): void {
    const { session, servedUntil, successor } = term;
    const { instanceId } = this.#setup.self;
    const announcement: Announcement = {
      type: 'stepping-down',
      key: this.keys.lock,
      instanceId,
      servedUntil,
      ...(successor !== undefined && { successor }),
    };
    term.announced = this.#announce(session, announcement);
  }

  async #announce(session: Session, announcement: Announcement): Promise<void> {
    await session.shared.announce([announcement]).catch(() => undefined); // The session is over.
  }

  /** Releases the lock and announces that. */
  async #release({ announced, session, servedUntil, successor }: Term): Promise<void> {
    if (!session.ended) this.#learnLeader(undefined); // If the session has ended, a newer one may know the next leader.
    await announced;
    const { instanceId } = this.#setup.self;
    const { lock } = this.keys;
    await this.#unlock(session, lock, {
      type: 'resigned',
      key: lock,
      instanceId,
      servedUntil,
      ...(successor !== undefined && { successor }),
    });
  }

  /** Releases a lock. Without an announcement, other candidates notice at their next try. */
  async #unlock(session: Session, lock: bigint, announcement?: Announcement): Promise<void> {
    await session.shared.unlock(lock, announcement).catch(() => undefined); // The session is over, and so is the lock.
  }

  // --- reporting -----------------------------------------------------------------------------------------------------

  /** Notes the leader and emits the change. Returns false if nothing changed. */
  #learnLeader(leader: LeaderInfo | undefined, pid?: number): boolean {
    if (pid !== this.#leaderPid) this.#leaderToken = undefined;
    this.#leaderPid = pid;
    if (leader?.instanceId === this.#leader?.instanceId && leader?.term === this.#leader?.term)
      return false;
    this.#leader = leader && withJson({ ...leader });
    if (leader) this.#successor = undefined;
    this.#emit({ type: 'leader-changed', leader: this.#leader });
    return true;
  }

  /**
   * Logs the leader, to explain why this instance runs no duties, even if another application uses the same election
   * name. Logs it once per connection and escapes line breaks: any client of the database can send an announcement.
   */
  #sayWhoLeads({ instanceId, term }: LeaderInfo): void {
    if (this.#saidWhoLeads) return;
    this.#saidWhoLeads = true;
    const name = JSON.stringify(instanceId).slice(1, -1);
    const inTerm = term === undefined ? '' : ` in term ${term}`;
    this.#setup.logger.log(`"${this.name}" is led by ${name}${inTerm}`);
  }

  /** Warns if the leader uses `fast`: `strict` is only effective if all instances use it. */
  #warnOfFast({ takeover }: Claim): void {
    if (this.#setup.takeover !== 'strict' || takeover !== 'fast' || this.#warnedOfFast) return;
    this.#warnedOfFast = true;
    this.#setup.logger.warn(
      `The leader of "${this.name}" uses takeover: 'fast', but this instance uses 'strict'. 'strict' is only effective if ` +
        'all instances use it',
    );
  }

  #emit(details: EventDetails): void {
    const at = new Date(this.#setup.clock.now().wall);
    this.events.emit(withJson({ ...details, election: this.name, at }));
  }
}

function isAbortError(error: unknown): boolean {
  return isError(error) && propertyOf(error, 'name') === 'AbortError';
}
