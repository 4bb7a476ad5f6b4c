/**
 * One election, as one of its instances lives it.
 *
 * An election is an advisory lock of PostgreSQL, and its leader is the instance whose session holds the lock. There is
 * no table, no expiry column and no clock that two machines would have to agree on: the server frees the lock when the
 * session ends, and it ends a session by itself when that has been silent for `leaseDuration`.
 *
 * - **election**: a name (or a key) for which at most one instance leads at a time
 * - **instance**: a running process that takes part in elections
 * - **session**: an instance's connection to the database, as the server sees it; all its elections share one
 * - **candidate**: an instance that may lead; others are observers. A candidate that does not lead is a **standby**
 * - **heir**: the one standby of an election that tries the lock every 50 ms, and so leads next
 * - **reserve**: candidates without a session, where the fleet limits how many have one; they look in now and then
 * - **leader**: the instance whose session holds the lock, once its term has begun
 * - **lease**: for how long after an answer of the server a leader may act. It is *unconfirmed* when that time is over
 * - **term**: one uninterrupted leadership. Its number is the **fencing token**: greater than that of all earlier terms
 * - **takeover**: from acquiring the lock to the begin of the term; it waits while a predecessor may still believe that it leads
 *
 * ```text
 *            connect            lock free                  term started
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
 * - **Stepping down** keeps an order: `isLeader` is false and the term's signal aborted; jobs stop and subscribers are
 *   told; hooks and running handlers are awaited; only then, where the session lives, the lock is released. So a successor
 *   does not start while its predecessor's duties are still being stopped.
 *
 * What is *not* guaranteed: a process can be frozen between reading `isLeader` and the side effect that follows, and
 * carry it out after another leads. Nothing on this side of the wire can prevent that; a resource that refuses a write
 * whose `term` is lower than one it has seen can, and so can a transaction on the session that holds the lock
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

/** A live session, and what all elections on it share. */
export interface OpenSession {
  readonly session: Session;
  readonly poller: LockPoller;
  readonly holders: HolderLookup;
}

/** Gives the live session, or waits for one; undefined when stopped before there is one. */
export type LiveSession = (stop: AbortSignal) => Promise<OpenSession | undefined>;

type EventDetails = LeaderElectionEvent extends infer E
  ? E extends LeaderElectionEvent
    ? Omit<E, 'election' | 'at'>
    : never
  : never;

/** For how long a new leader does not step down on request, in milliseconds, at the most. */
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
  /** The process of the server that serves the leader's session. */
  #leaderPid: number | undefined;
  /** Since it was connected. */
  #saidWhoLeads = false;
  #inReserve = false;
  /** The lock that the leader's session holds for as long as it lives, where it has said so. */
  #leaderToken: bigint | undefined;
  #warnedOfFast = false;
  readonly #backoff: CampaignBackoff;
  /** Whoever held the lock was seen to give it back; another leads. */
  readonly #lockNews = new Emitter<'given back' | 'taken'>();

  constructor(setup: ElectionSetup) {
    this.name = setup.name;
    this.keys = setup.keys;
    this.#setup = setup;
    this.#liveness = new LeaderLiveness(setup);
    this.#backoff = new CampaignBackoff(setup);
  }

  /** Whether this instance leads at this instant, with a confirmed lease. */
  get isLeader(): boolean {
    return this.#term?.isConfirmed === true;
  }

  /** The current term, if it is ours and the lease is confirmed. */
  get leadership(): Leadership | undefined {
    return this.isLeader ? this.#term?.leadership : undefined;
  }

  get role(): Role {
    if (this.#term?.lasts) return 'leader';
    return this.#inReserve && this.#waitingAs === 'standby' ? 'reserve' : this.#waitingAs;
  }

  /** Who leads, as far as this instance knows. */
  get leader(): LeaderInfo | undefined {
    return this.#leader;
  }

  /** Who is to lead next, where the leader has said so, and nobody has led since. */
  get successor(): string | undefined {
    return this.#successor;
  }

  /** Contends, leads, steps down, and contends again, until `stop` aborts; resolves when everything has ended. */
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

  /** Steps down if leading, and resolves when the lock has been released. `successor` may contend first. */
  async resign(successor?: string): Promise<void> {
    const term = this.#term;
    if (!term) return;
    if (term.lasts) term.successor = this.#successor = successor;
    if (this.#demote(term, 'resigned')) this.#backoff.resigned();
    await term.released.promise;
  }

  /**
   * Resolves when the current term has lasted for `retryInterval`, or {@link LONGEST_HOLD}; false when it ended before, or
   * there is none. Requests to step down wait for that, so that they can't keep a fleet busy with handing over.
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

  /** The lock may have become free: tries it soon. */
  retrySoon(): void {
    this.#open?.poller.retrySoon(this.keys.lock, this.#setup.timings.heirInterval);
  }

  /** Takes a hint from another instance. `sender` is the server's process that sent it. */
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
        return; // For the instance.
    }
  }

  /** What this instance answers to a newcomer, if it leads. */
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

  /** What this instance is in the election, for its report. */
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

  /** There is a connection (again). */
  connected(open: OpenSession): void {
    this.#saidWhoLeads = false;
    this.lookIn(open);
    if (this.#inReserve) this.#emit({ type: 'reserve-left' });
    this.#inReserve = false;
    this.#emit({ type: 'connection-restored' });
  }

  /** By what a later look finds out whether the same still leads: its process, and what its session holds. */
  get leaderSession(): SessionIdentity | undefined {
    const [pid, token] = [this.#leaderPid, this.#leaderToken];
    return this.#leader && pid !== undefined && token !== undefined ? { pid, token } : undefined;
  }

  /** A look has shown that it still leads. */
  sawLeader(pid: number, seen: Sighting): void {
    this.#liveness.saw(pid, seen);
  }

  /** A look has shown that it does not lead any more, or can't be told. */
  forgetLeader(): void {
    this.#learnLeader(undefined);
  }

  /** Finds out on this session who leads; it may become that of a candidate (`connected`). */
  lookIn(open: OpenSession): void {
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

  /** This instance has looked in, found no place, and has no session until it looks again. Who leads stays known until then. */
  lookedIn(): void {
    this.#open = this.#watch = undefined;
    if (this.#inReserve) return;
    this.#inReserve = true;
    this.#emit({ type: this.#setup.candidate ? 'reserve-entered' : 'connection-restored' });
  }

  /** The connection is gone, or a first attempt failed. */
  disconnected(error: Error): void {
    this.#open = this.#watch = this.#successor = undefined;
    this.#inReserve = false;
    this.#learnLeader(undefined); // Nobody tells us any more who leads.
    this.#emit({ type: 'connection-lost', error });
  }

  /** The server has shown that another leads, or the leader has announced something. */
  #onLeader(pid: number, { claim, again, seen }: Evidence): void {
    const { timings } = this.#setup;
    const isNew = pid !== this.#leaderPid;
    // It may have the lock by chance, and leave it to the heir. Whoever is seen again leads, even if nobody heard it say so.
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
    // If this instance resigned, it may contend again; and the heir's place is free.
    this.#backoff.anotherElected();
    this.#open?.poller.retrySoon(this.keys.lock, timings.retryInterval / 4);
  }

  /** Nobody was elected in the future. */
  #bounded({ since, ...leader }: LeaderInfo): LeaderInfo {
    const now = this.#setup.clock.now().wall;
    return since ? { ...leader, since: new Date(Math.min(since.getTime(), now)) } : leader;
  }

  // --- standby and heir ----------------------------------------------------------------------------------------------

  /** Contends for the lock and leads, until the session or the election is over, or the leadership. */
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
   * An instance that would have to wait with the lock keeps it from those that could lead at once. So it does not try for the
   * lock before it could lead: when the time is over, or whoever led was seen to give the lock back.
   *
   * With `strict`, where the time to wait begins with the lock, it takes a lock that all others have left alone.
   *
   * @returns from when on it could lead without having seen that, in monotonic milliseconds
   */
  async #letOthersGoFirst({ session, holders }: OpenSession, stop: AbortSignal): Promise<number> {
    const { clock, takeover, timings } = this.#setup;
    const { connection, openedAt: connectedAt, predecessorLostAt: lostAt } = session;
    const { renewDeadline, retryInterval } = timings;
    const { server } = connection;
    const from = mayContendFrom({ renewDeadline, server, connectedAt, lostAt });
    /** All others have tried once. */
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

  /** At once, where that was seen while something else was awaited. */
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

  /** Lets the chosen successor contend first. */
  #giveWayTo(successor: string | undefined): void {
    const { self, timings } = this.#setup;
    this.#successor = successor;
    if (successor === undefined) return;
    if (successor === self.instanceId)
      this.#open?.poller.goFirst(this.keys.lock, timings.retryInterval);
    else this.#open?.poller.giveWay(this.keys.lock, timings.retryInterval);
  }

  /**
   * How the lock became ours; undefined when the session or the election is over.
   *
   * @param from before this moment, in monotonic milliseconds, it may lead only after whoever was seen to give the lock back:
   *   where another leads meanwhile, it is `later` to try again
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

  /** Duties are made of what the application has written. */
  #nextDue(seenAt: number): number | undefined {
    const { duties, logger } = this.#setup;
    try {
      return duties.nextDue?.(seenAt);
    } catch (error) {
      reportFailure(`Looking for what "${this.name}" has to catch up on`, logger, error);
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
    if (session.ended) return; // Nobody was told that we lead.
    if (!term || stop.aborted) {
      // Not announced: a resignation would tell others that there is no predecessor to wait for, and there may be one.
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
    this.#waitingAs = 'standby'; // what it falls back to
    this.#leader = leader;
    this.#successor = undefined;
    this.#leaderPid = session.connection.identity.pid;
    const { takeover } = this.#setup;
    const announcement: Announcement = { type: 'elected', key: this.keys.lock, leader, takeover };
    inBackground(`Announcing that "${this.name}" has a leader`, logger, () =>
      won.wasHeir
        ? this.#unlock(session, this.keys.heir, announcement)
        : this.#announce(session, announcement),
    );
    logger.log(`Leading "${this.name}" in term ${leadership.term}`);
    const gap = won.takenAt === undefined ? undefined : clock.now().monotonic - won.takenAt;
    this.#emit({ type: 'elected', leadership, gap });
    if (!term.lasts) return; // A listener made us resign.
    this.#emit({ type: 'leader-changed', leader });
    if (!term.lasts) return;
    const heartbeatNow = () => {
      session.heartbeatNow();
    };
    duties.start(leadership, heartbeatNow).then(
      () => {
        if (term.lasts) this.#backoff.started(); // Not when it was abandoned and returns in a later term.
      },
      (error: unknown) => {
        this.#startFailed(term, error);
      },
    );
  }

  #startFailed(term: Term, error: unknown): void {
    const { leadership } = term;
    const { logger } = this.#setup;
    // Duties that were told to stop while starting may well say so by rejecting.
    if (!term.lasts && (error === leadership.signal.reason || isAbortError(error))) return;
    const milliseconds = term.lasts ? this.#backoff.failed(leadership.since) : undefined;
    this.#demote(term, 'error');
    logger.error(
      `The duties of "${this.name}" failed in term ${leadership.term}: ${messageOf(error)}`,
      stackOf(error),
    );
    if (milliseconds === undefined) return;
    logger.warn(
      `"${this.name}": this instance does not contend for ${milliseconds} ms, so that another can lead`,
    );
  }

  // --- stepping down -------------------------------------------------------------------------------------------------

  /** Ends the leadership at once; what takes time follows in `#lead`. False when it had ended before. */
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
   * Says until when a successor has nothing to catch up on, and who that is, where it is decided. Before the release, because
   * a lock can be had a moment before the message of its release arrives.
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

  /** Frees the lock, and says so. */
  async #release({ announced, session, servedUntil, successor }: Term): Promise<void> {
    if (!session.ended) this.#learnLeader(undefined); // On another session, it may have learned who leads by now.
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

  /** Without an announcement, the other candidates find it at their next try. */
  async #unlock(session: Session, lock: bigint, announcement?: Announcement): Promise<void> {
    await session.shared.unlock(lock, announcement).catch(() => undefined); // The session is over, and the lock with it.
  }

  // --- telling -------------------------------------------------------------------------------------------------------

  /** False when it was known. */
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

  /** What `strict` adds holds only where all follow it. */
  #warnOfFast({ takeover }: Claim): void {
    if (this.#setup.takeover !== 'strict' || takeover !== 'fast' || this.#warnedOfFast) return;
    this.#warnedOfFast = true;
    this.#setup.logger.warn(
      `The leader of "${this.name}" has takeover: 'fast', this instance 'strict'. What 'strict' adds is guaranteed only ` +
        'when all instances have it',
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
