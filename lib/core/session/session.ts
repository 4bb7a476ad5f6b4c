import { Emitter, type Unsubscribe } from '../common/emitter.js';
import type { Timings } from '../model/timings.js';
import type { Connection } from '../port/connection.js';
import type { Cancel, Clock, Instant } from '../time/clock.js';
import { deferred, waitFor } from '../time/wait.js';
import { LeaseWatchdog } from './lease-watchdog.js';
import { Lease } from './lease.js';
import { SharedStatements, type Send } from './shared-statements.js';
import { StatementQueue } from './statement-queue.js';

/** Why a session is over: lost, given up because the lease was not confirmed in time, or closed by this instance. */
export type SessionEnd = 'conn_lost' | 'lease_expired' | 'closed';

/** The rejection of a statement whose session is over. */
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
 * A session, from the first answer of its connection to its end. It sends one statement at a time, sends heartbeats
 * when it is idle, and tracks the lease.
 *
 * A session that has ended stays ended. Any failure of a statement (an error, no answer in time) ends it: the server
 * may have granted a lock without this instance receiving the answer, and only the end of the connection is certain to
 * free that lock.
 *
 * @internal
 */
export class Session {
  readonly lease: Lease;
  /** The statements that the elections of this session share. */
  readonly shared = new SharedStatements((work) => this.exclusively(work));
  /** When the set-up of the connection was complete, in monotonic milliseconds. */
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
  /** Whether a heartbeat waits for another statement. */
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
    // A full `renewDeadline`, however long the set-up took: without locks there is no risk, and one heartbeat confirms
    // the lease.
    if (!this.#ended) this.#watchdog.watch(timings.renewDeadline);
  }

  /** Why the session is over; undefined while it is alive. */
  get ended(): SessionEndedError | undefined {
    return this.#ended;
  }

  /** Whether this instance may rely on the locks of this session at the time of the call. */
  get isConfirmed(): boolean {
    return this.#ended === undefined && this.lease.isConfirmed;
  }

  /** Calls the listener when the session is over; at once if it is already over. */
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

  /**
   * Calls the listener with false when the lease becomes unconfirmed, and with true when an answer confirms it again.
   */
  onLeaseChange(listener: (isConfirmed: boolean) => void): Unsubscribe {
    return this.#onLeaseChange.on(listener);
  }

  /** Calls the listener with the round trip time of each heartbeat, in milliseconds. */
  onHeartbeat(listener: (milliseconds: number) => void): Unsubscribe {
    return this.#onHeartbeat.on(listener);
  }

  /**
   * Runs a statement when its turn comes. The answer confirms the lease from the moment at which the statement was
   * sent.
   *
   * @throws {@link SessionEndedError} when the session ends before the answer; its `cause` is the error of the
   *   statement.
   */
  run<T>(statement: (connection: Connection) => Promise<T>): Promise<T> {
    return this.exclusively((send) => send(statement));
  }

  /**
   * Runs a group of statements when its turn comes. Until `work` settles, only heartbeats are sent in between.
   */
  exclusively<T>(work: (send: Send) => Promise<T>): Promise<T> {
    return this.#queue.takeTurn(() => work(this.#sendNext));
  }

  /**
   * A statement may take long, and confirms the lease only from its own sending. So if the previous statement took
   * long, a heartbeat is sent first.
   */
  readonly #sendNext: Send = (statement) =>
    this.#queue.send(async () => {
      if (this.lease.age > this.#heartbeatInterval) await this.#send((c) => c.heartbeat());
      return this.#send(statement);
    });

  /**
   * Notes that a leadership depends on this session, so that a heartbeat is sent every `heartbeatInterval`. Call the
   * returned function when the duties of that leadership have ended or some of them were abandoned.
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
   * Resolves when the session is over and the duties of every leadership on it have ended. True if all have ended, so
   * that its locks may be freed; false if some were abandoned and may still be running.
   */
  get drained(): Promise<boolean> {
    return this.#drained.promise;
  }

  #settleDrained(): void {
    if (this.#ended && this.#leaderships === 0) this.#drained.resolve(!this.#abandoned);
  }

  /** Drops the connection. All listeners are notified before this returns. */
  end(reason: SessionEnd, cause?: unknown): void {
    if (this.#ended) return;
    this.#ended = new SessionEndedError(reason, cause);
    this.connection.destroy();
    this.#outstanding?.abandon(this.#ended);
    this.#finish(this.#ended);
  }

  /** Closes the session in an orderly way, so that the server frees all locks at once. */
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
      // The session may have ended in a microtask since the answer.
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
    // A late answer confirms the lease from its sending, which may be too long ago.
    if (!this.#reportedConfirmed && this.lease.isConfirmed) this.#reportLease(true);
  }

  #reportLease(isConfirmed: boolean): void {
    if (this.#reportedConfirmed === isConfirmed) return;
    this.#reportedConfirmed = isConfirmed;
    this.#onLeaseChange.emit(isConfirmed);
  }

  // --- heartbeat ---------------------------------------------------------------------------------------------------

  /** Leaders need a confirmed lease; other instances only need to keep the server from ending a silent session. */
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
      // A jump of the wall clock makes the lease unconfirmed before its deadline; this heartbeat confirms it again.
      if (!this.lease.isConfirmed) this.#reportLease(false);
      if (!this.#outstanding) this.#heartbeat();
    });
  }

  /**
   * Sends a heartbeat at once, and another after `heirInterval`: an instance with a slower connection to the server
   * can't tell whether the first one was sent before this call.
   */
  heartbeatNow(): void {
    if (this.#ended) return;
    this.#heartbeat();
    this.#cancelSecondSign();
    this.#cancelSecondSign = this.clock.after(this.timings.heirInterval, () => {
      this.#heartbeat();
    });
  }

  /** A heartbeat that waits for its turn serves all requests. */
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
        () => undefined, // The session is over, and its listeners were notified.
      );
  }
}
