import { Emitter, type Unsubscribe } from '../common/emitter.js';
import type { Timings } from '../model/timings.js';
import type { Connection } from '../port/connection.js';
import type { Cancel, Clock, Instant } from '../time/clock.js';
import { deferred, waitFor } from '../time/wait.js';
import { LeaseWatchdog } from './lease-watchdog.js';
import { Lease } from './lease.js';
import { SharedStatements, type Send } from './shared-statements.js';
import { StatementQueue } from './statement-queue.js';

/** Why a session is over: lost, given up because the lease could not be confirmed in time, or closed by ourselves. */
export type SessionEnd = 'conn_lost' | 'lease_expired' | 'closed';

/** What a statement rejects with whose session is over. */
export class SessionEndedError extends Error {
  override readonly name = 'SessionEndedError';

  constructor(
    readonly reason: SessionEnd,
    cause?: unknown,
  ) {
    super(`The database session is over (${reason})`, { cause });
  }
}

/**
 * One connection's life, from its first answer to its end: one statement at a time, heartbeats when nothing else is
 * under way, and the lease.
 *
 * A session ends for good. Whatever goes wrong with a statement (an error, no answer in time) ends it, because the
 * server may have granted a lock whose answer we never saw: only the end of the connection surely frees it.
 *
 * @internal
 */
export class Session {
  readonly lease: Lease;
  /** What all elections of this session have in common. */
  readonly shared = new SharedStatements((work) => this.exclusively(work));
  /** When the connection had told all about itself, in monotonic milliseconds. */
  readonly openedAt: number;
  readonly #onEnd = new Emitter<SessionEndedError>();
  readonly #onLeaseChange = new Emitter<boolean>();
  readonly #onHeartbeat = new Emitter<number>();
  readonly #queue = new StatementQueue();
  readonly #watchdog: LeaseWatchdog;
  #outstanding:
    { readonly sentAt: Instant; readonly abandon: (reason: SessionEndedError) => void } | undefined;
  #lastSent: Instant;
  #ended: SessionEndedError | undefined;
  #reportedConfirmed = true;
  #leaderships = 0;
  #abandoned = false;
  readonly #drained = deferred<boolean>();
  /** A heartbeat has not been sent yet, since another statement is under way. */
  #isHeartbeatWaiting = false;
  #cancelHeartbeat: Cancel = () => undefined;
  #cancelSecondSign: Cancel = () => undefined;

  /**
   * @param predecessorLostAt when this instance lost its previous session, in monotonic milliseconds
   */
  constructor(
    readonly connection: Connection,
    readonly clock: Clock,
    readonly timings: Timings,
    readonly predecessorLostAt?: number,
  ) {
    this.lease = new Lease(clock, timings.renewDeadline, connection.confirmedAt);
    this.openedAt = clock.now().monotonic;
    this.#lastSent = connection.confirmedAt;
    this.#watchdog = new LeaseWatchdog({
      lease: this.lease,
      clock,
      timings,
      sentAt: () => this.#outstanding?.sentAt.monotonic,
      onUnconfirmed: () => {
        this.#reportLease(false);
      },
      ask: () => {
        this.#heartbeat();
      },
      onExpired: () => {
        this.end('lease_expired');
      },
    });
    // It tells at once where the connection is closed already.
    connection.onClose((cause) => {
      this.end('conn_lost', cause);
    });
    this.#scheduleHeartbeat();
    // However long the set-up took: a session without locks has nothing to lose, and one heartbeat confirms it.
    if (!this.#ended) this.#watchdog.watch(timings.renewDeadline);
  }

  /** Why the session is over, or undefined while it lives. */
  get ended(): SessionEndedError | undefined {
    return this.#ended;
  }

  /** Whether this instance may act on the locks of this session at this instant. */
  get isConfirmed(): boolean {
    return this.#ended === undefined && this.lease.isConfirmed;
  }

  /** Tells when the session is over; at once, when it is over already. */
  onEnd(listener: (end: SessionEndedError) => void): Unsubscribe {
    if (this.#ended) listener(this.#ended);
    return this.#onEnd.on(listener);
  }

  /** Resolves after `milliseconds`, or when the session is over or `stop` aborts. Never rejects. */
  async sleep(milliseconds: number, stop: AbortSignal): Promise<void> {
    await waitFor<unknown>(stop, (tell) => {
      const cancel = this.clock.after(milliseconds, () => {
        tell(undefined);
      });
      const offEnd = this.onEnd(tell);
      return () => {
        cancel();
        offEnd();
      };
    });
  }

  /** Tells when the lease went unconfirmed (false), and when an answer confirmed it again (true). */
  onLeaseChange(listener: (isConfirmed: boolean) => void): Unsubscribe {
    return this.#onLeaseChange.on(listener);
  }

  /** Tells the round trip time of each heartbeat, in milliseconds. */
  onHeartbeat(listener: (milliseconds: number) => void): Unsubscribe {
    return this.#onHeartbeat.on(listener);
  }

  /**
   * Runs a statement when its turn comes. Its answer confirms the lease from the moment it was sent.
   *
   * @throws {@link SessionEndedError} when the session is over before the answer; its `cause` is the statement's error.
   */
  run<T>(statement: (connection: Connection) => Promise<T>): Promise<T> {
    return this.exclusively((send) => send(statement));
  }

  /**
   * Runs statements that belong together when their turn comes; until `work` has settled, only heartbeats come between.
   */
  exclusively<T>(work: (send: Send) => Promise<T>): Promise<T> {
    return this.#queue.takeTurn(() => work(this.#sendNext));
  }

  /**
   * A statement may take its time, and confirms the lease only from its own sending. So it must not follow another that
   * took its time before a heartbeat has come between.
   */
  readonly #sendNext: Send = (statement) =>
    this.#queue.send(async () => {
      if (this.lease.age > this.#heartbeatInterval) await this.#send((c) => c.heartbeat());
      return this.#send(statement);
    });

  /**
   * Takes note that a leadership rests on this session: its lease is now confirmed at every heartbeat interval. The
   * returned function is called when the duties of that leadership have ended, or some of them were abandoned.
   */
  retain(): (duties: { readonly abandoned: boolean }) => void {
    this.#leaderships += 1;
    this.#scheduleHeartbeat();
    return ({ abandoned }) => {
      this.#leaderships -= 1;
      this.#abandoned ||= abandoned;
      this.#settleDrained();
    };
  }

  /**
   * Resolves when the session is over and the duties of every leadership that rested on it have ended: true when really
   * all have, so that its locks may go to others; false when some were abandoned and may still be running.
   */
  get drained(): Promise<boolean> {
    return this.#drained.promise;
  }

  #settleDrained(): void {
    if (this.#ended && this.#leaderships === 0) this.#drained.resolve(!this.#abandoned);
  }

  /** Drops the connection. Everybody who needs to know is told before this returns. */
  end(reason: SessionEnd, cause?: unknown): void {
    if (this.#ended) return;
    this.#ended = new SessionEndedError(reason, cause);
    this.connection.destroy();
    this.#outstanding?.abandon(this.#ended);
    this.#finish(this.#ended);
  }

  /** Says goodbye to the server, so that it frees all locks at once. */
  async close(): Promise<void> {
    if (this.#ended) return;
    this.#ended = new SessionEndedError('closed');
    this.#finish(this.#ended);
    await this.connection.end();
  }

  #finish(ended: SessionEndedError): void {
    this.#cancelHeartbeat();
    this.#cancelSecondSign();
    this.#watchdog.stop();
    this.#onEnd.emit(ended);
    this.#settleDrained();
  }

  async #send<T>(statement: (connection: Connection) => Promise<T>): Promise<T> {
    if (this.#ended) throw this.#ended;
    const sentAt = this.clock.now();
    this.#lastSent = sentAt;
    try {
      const answer = await new Promise<T>((resolve, reject) => {
        this.#outstanding = { sentAt, abandon: reject };
        statement(this.connection).then(resolve, reject);
      });
      // The end may have come in the microtasks between the answer and here.
      if (this.#ended) throw this.#ended as SessionEndedError;
      this.#confirm(sentAt);
      return answer;
    } catch (error) {
      if (!(error instanceof SessionEndedError)) this.end('conn_lost', error);
      throw this.#ended ?? error;
    } finally {
      this.#outstanding = undefined;
      this.#scheduleHeartbeat();
    }
  }

  #confirm(sentAt: Instant): void {
    this.lease.confirm(sentAt);
    this.#watchdog.watch();
    // A late answer confirms from its sending, which may be too long ago.
    if (!this.#reportedConfirmed && this.lease.isConfirmed) this.#reportLease(true);
  }

  #reportLease(isConfirmed: boolean): void {
    if (this.#reportedConfirmed === isConfirmed) return;
    this.#reportedConfirmed = isConfirmed;
    this.#onLeaseChange.emit(isConfirmed);
  }

  // --- heartbeat ---------------------------------------------------------------------------------------------------

  /** Leaders need a confirmed lease; the others only need the server not to end the session for its silence. */
  get #heartbeatInterval(): number {
    const { heartbeatInterval, renewDeadline } = this.timings;
    return this.#leaderships > 0
      ? heartbeatInterval
      : Math.max(heartbeatInterval, renewDeadline / 2);
  }

  #scheduleHeartbeat(): void {
    this.#cancelHeartbeat();
    if (this.#ended || this.#outstanding) return;
    const due = this.#lastSent.monotonic + this.#heartbeatInterval - this.clock.now().monotonic;
    this.#cancelHeartbeat = this.clock.after(Math.max(0, due), () => {
      // A wall clock that jumped makes the lease unconfirmed before any deadline is due; this heartbeat confirms it again.
      if (!this.lease.isConfirmed) this.#reportLease(false);
      if (!this.#outstanding) this.#heartbeat();
    });
  }

  /**
   * Shows the server at once that this instance lives, and again after `heirInterval`: those whose way to the server is
   * longer than ours can't tell the first sign from one that was sent before this call.
   */
  heartbeatNow(): void {
    if (this.#ended) return;
    this.#heartbeat();
    this.#cancelSecondSign();
    this.#cancelSecondSign = this.clock.after(this.timings.heirInterval, () => {
      this.#heartbeat();
    });
  }

  /** One that waits for its turn serves all who want one. */
  #heartbeat(): void {
    if (this.#isHeartbeatWaiting) return;
    this.#isHeartbeatWaiting = true;
    const asked = this.clock.now().monotonic;
    this.#queue
      .send(() => {
        this.#isHeartbeatWaiting = false;
        return this.#send((c) => c.heartbeat());
      })
      .then(
        () => {
          this.#onHeartbeat.emit(this.clock.now().monotonic - asked);
        },
        () => undefined, // The session is over, and its listeners have been told.
      );
  }
}
