import type { Cancel, Clock, Instant } from '../time/clock.js';
import type { Connection } from '../model/connection.js';
import { Emitter, type Unsubscribe } from '../common/emitter.js';
import { Lease } from './lease.js';
import type { Timings } from '../model/timings.js';
import { deferred } from '../time/wait.js';

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

/** Sends a statement to the server, after those before it. */
export type Send = <T>(statement: (connection: Connection) => Promise<T>) => Promise<T>;

/**
 * How late a timer may be before we say that this process was not running (frozen, suspended, event loop blocked)
 * rather than that the timer was merely imprecise, in milliseconds.
 */
const TIMER_TOLERANCE = 20;

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
  /** When the connection had told all about itself, in monotonic milliseconds. */
  readonly openedAt: number;
  readonly #onEnd = new Emitter<SessionEndedError>();
  readonly #onLeaseChange = new Emitter<boolean>();
  readonly #onHeartbeat = new Emitter<number>();
  /** Whose turn it is: a statement, or several that belong together. */
  #turns: Promise<unknown> = Promise.resolve();
  /** The statements of the turn, and heartbeats, one at a time. */
  #wire: Promise<unknown> = Promise.resolve();
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
  #cancelDeadline: Cancel = () => undefined;

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
    connection.onClose((cause) => {
      this.end('conn_lost', cause);
    });
    this.#scheduleHeartbeat();
    // However long the set-up took: a session without locks has nothing to lose, and one heartbeat confirms it.
    this.#watchDeadline(timings.renewDeadline);
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

  /** Tells when the lease went unconfirmed (false), and when an answer confirmed it again (true). */
  onLeaseChange(listener: (trusted: boolean) => void): Unsubscribe {
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
    const turn = this.#turns.then(() => work(this.#sendNext));
    this.#turns = turn.catch(() => undefined);
    return turn;
  }

  /**
   * A statement may take its time, and confirms the lease only from its own sending. So it must not follow another that
   * took its time before a heartbeat has come between.
   */
  readonly #sendNext: Send = (statement) =>
    this.#afterOthers(async () => {
      if (this.lease.age > this.#heartbeatInterval) await this.#send((c) => c.heartbeat());
      return this.#send(statement);
    });

  #afterOthers<T>(send: () => Promise<T>): Promise<T> {
    const answer = this.#wire.then(send);
    this.#wire = answer.catch(() => undefined);
    return answer;
  }

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
    this.#cancelDeadline();
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
    this.#watchDeadline(this.#remaining);
    // A late answer confirms from its sending; that may be too long ago to open the gates.
    if (!this.#reportedConfirmed && this.lease.isConfirmed) this.#reportLease(true);
  }

  #reportLease(trusted: boolean): void {
    if (this.#reportedConfirmed === trusted) return;
    this.#reportedConfirmed = trusted;
    this.#onLeaseChange.emit(trusted);
  }

  /** Monotonic milliseconds until the lease runs out. */
  get #remaining(): number {
    return this.timings.renewDeadline - this.lease.age;
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
      // A wall clock that jumped shuts the gates before any deadline is due; this heartbeat opens them again.
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

  /** Whoever wants a heartbeat while another waits for its turn has one. */
  #heartbeat(): void {
    if (this.#isHeartbeatWaiting) return;
    this.#isHeartbeatWaiting = true;
    const asked = this.clock.now().monotonic;
    this.#afterOthers(() => {
      this.#isHeartbeatWaiting = false;
      return this.#send((c) => c.heartbeat());
    }).then(
      () => {
        this.#onHeartbeat.emit(this.clock.now().monotonic - asked);
      },
      () => undefined, // The session is over, and whoever minds has been told.
    );
  }

  // --- deadline ----------------------------------------------------------------------------------------------------

  /**
   * How long a heartbeat gets to be answered when the lease ran out only because this process was not running. Half of
   * what lies between the two deadlines, so that duties keep the other half for stopping.
   */
  get #grace(): number {
    const { heartbeatInterval, renewDeadline, leaseDuration } = this.timings;
    return Math.min(heartbeatInterval, (leaseDuration - renewDeadline) / 2);
  }

  #watchDeadline(milliseconds: number): void {
    this.#cancelDeadline();
    if (this.#ended) return;
    const due = this.clock.now().monotonic + milliseconds;
    this.#cancelDeadline = this.clock.after(Math.max(0, milliseconds), () => {
      this.#onDeadline(due);
    });
  }

  #onDeadline(due: number): void {
    const remaining = this.#remaining;
    if (remaining > 0) {
      // Timers may fire a fraction of a millisecond early.
      this.#watchDeadline(remaining);
      return;
    }
    this.#reportLease(false);
    const now = this.clock.now().monotonic;
    const waited = this.#outstanding ? now - this.#outstanding.sentAt.monotonic : 0;
    const wasNotRunning = now - due > TIMER_TOLERANCE || waited + TIMER_TOLERANCE < this.#grace;
    if (wasNotRunning && this.lease.age < this.timings.leaseDuration) {
      // A blocked event loop is not a lost lease: the answer may lie unread in the socket, or the question was never
      // asked. As long as the session answers, the lock was never free.
      this.#watchDeadline(Math.min(this.#grace, this.timings.leaseDuration - this.lease.age));
      this.#heartbeat();
    } else {
      this.end('lease_expired');
    }
  }
}
