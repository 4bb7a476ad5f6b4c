import type { ElectionLogger } from '../common/logger.js';
import { asError } from '../common/thrown.js';
import { withJson } from '../common/with-json.js';
import type { Timings } from '../model/timings.js';
import { isPermanent, type Connector } from '../port/connection.js';
import { Session } from '../session/session.js';
import type { Clock } from '../time/clock.js';
import { fullJitter, type Random } from '../time/jitter.js';
import { sleep } from '../time/wait.js';

/**
 * The pauses between two attempts to connect, in milliseconds. The first is long enough to spread a fleet after a short
 * outage of the server. The first `EQUAL_PAUSES` have the same length, so that the fleet reconnects soon; after that,
 * each is twice as long.
 */
const FIRST_PAUSE = 1_000;
const EQUAL_PAUSES = 4;
const LONGEST_PAUSE = 5_000;

/** Why the connection was lost or could not be established. */
export interface ConnectionFailure {
  /** The error. */
  readonly error: Error;
  /** When it occurred, by the clock of this instance. */
  readonly at: Date;
  /** True if retrying can't help, as with a wrong password: the cause must be fixed by hand. */
  readonly permanent: boolean;
}

/** Waits until the next session is needed, or `stop` aborts. Never rejects. */
export type Rest = (stop: AbortSignal) => Promise<void>;

interface SupervisorSetup {
  readonly connector: Connector;
  readonly timings: Timings;
  readonly logger: ElectionLogger;
  readonly clock: Clock;
  readonly random: Random;
  /** Called when the connection was lost or the first attempt failed. Called once per outage, whatever else fails. */
  readonly onDisconnected: (cause: Error) => void;
}

/**
 * Keeps one session to the database. Opens a new one when it is lost or needed again. Never gives up.
 *
 * @internal
 */
export class ConnectionSupervisor {
  readonly #setup: SupervisorSetup;
  #session: Session | undefined;
  #disconnectedSince: Date | undefined;
  #lastHeartbeat: Date | undefined;
  /** Whether no session is needed at the moment. */
  #isResting = false;
  #lostAt: number | undefined;
  #failure: ConnectionFailure | undefined;
  /** The failure that was logged last during this outage. */
  #reported: string | undefined;

  constructor(setup: SupervisorSetup) {
    this.#setup = setup;
    this.#disconnectedSince = this.#now;
  }

  get connected(): boolean {
    return this.#session !== undefined;
  }

  /**
   * Start of the outage; before the first connection, the start of this instance. Undefined while connected or in
   * reserve.
   */
  get disconnectedSince(): Date | undefined {
    return this.#disconnectedSince;
  }

  /** When the last answered statement was sent. */
  get lastHeartbeat(): Date | undefined {
    const confirmed = this.#session?.lease.confirmedAt;
    return confirmed ? new Date(confirmed.wall) : this.#lastHeartbeat;
  }

  /** Why there is no connection, or why the previous one was lost. */
  get failure(): ConnectionFailure | undefined {
    return this.#failure;
  }

  /**
   * Connects and reconnects until `stop` aborts, and closes the last session when it is no longer served.
   *
   * @param serve uses a session; resolves when it is over or no longer needed, with a rest if the next one is needed
   *   later
   * @param isServed false when no more session is needed
   */
  async run(
    serve: (session: Session) => Promise<Rest | undefined>,
    isServed: () => boolean,
    stop: AbortSignal,
  ): Promise<void> {
    const { clock, connector, random, timings } = this.#setup;
    let failures = 0;
    while (!stop.aborted) {
      let permanent: boolean;
      try {
        const session = new Session(await connector.connect(stop), clock, timings, this.#lostAt);
        let rest: Rest | undefined;
        try {
          this.#opened(session);
          if (!session.ended) rest = await serve(session);
        } finally {
          this.#isResting = rest !== undefined;
          await session.close(); // Does nothing if it was lost.
        }
        if (!isServed()) return;
        if (rest && session.ended?.reason === 'closed') {
          failures = 0;
          await rest(stop);
          continue;
        }
        permanent = this.#reportLoss(session);
        // Do not rush a server that accepts connections and drops them at once.
        if (clock.now().monotonic - session.openedAt > LONGEST_PAUSE) failures = 0;
      } catch (error) {
        if (stop.aborted) return;
        permanent = this.#reportFailure(error);
      }
      const milliseconds = permanent
        ? LONGEST_PAUSE
        : fullJitter(Math.max(0, failures + 1 - EQUAL_PAUSES), FIRST_PAUSE, LONGEST_PAUSE, random);
      failures += 1;
      // While connected, the socket keeps the process alive; without a socket, this timer does.
      await sleep(clock, milliseconds, stop, { keepsProcessAlive: true });
    }
  }

  get #now(): Date {
    return new Date(this.#setup.clock.now().wall);
  }

  #opened(session: Session): void {
    if (session.ended) return; // Lost before any listener was added.
    this.#session = session;
    this.#isResting = false;
    this.#disconnectedSince = undefined;
    if (this.#reported !== undefined) this.#setup.logger.log('Connected to the database');
    this.#reported = undefined;
    session.onEnd(({ reason }) => {
      this.#session = undefined;
      this.#lastHeartbeat = new Date(session.lease.confirmedAt.wall);
      if (!this.#isResting || reason !== 'closed') this.#disconnectedSince = this.#now;
      if (reason !== 'closed') this.#lostAt = session.clock.now().monotonic;
    });
  }

  /** Logs the loss of a session. Returns whether the cause is permanent. */
  #reportLoss(session: Session): boolean {
    const { ended } = session;
    const cause = asError(ended?.cause ?? ended);
    const what =
      ended?.reason === 'lease_expired'
        ? `the server did not answer within ${session.timings.renewDeadline} ms (renewDeadline)`
        : cause.message;
    return this.#report(cause, 'lost', () => {
      this.#setup.logger.warn(`Lost the connection to the database; reconnecting: ${what}`);
    });
  }

  /** Logs a failed attempt to connect. Returns whether the cause is permanent. */
  #reportFailure(error: unknown): boolean {
    const cause = asError(error);
    return this.#report(cause, 'unreachable', () => {
      this.#setup.logger.error(`Can't connect to the database; retrying: ${cause.message}`);
    });
  }

  /**
   * Logs temporary failures once per outage: a starting server refuses connections for several reasons in turn. Logs
   * permanent failures once per reason.
   */
  #report(cause: Error, kind: 'lost' | 'unreachable', say: () => void): boolean {
    const { logger, onDisconnected } = this.#setup;
    const permanent = isPermanent(cause);
    this.#failure = withJson({ error: cause, at: this.#now, permanent });
    this.#disconnectedSince ??= this.#now; // It did not need a connection until now.
    const news = permanent ? cause.message : kind;
    if (this.#reported === news) return permanent;
    const isFirst = this.#reported === undefined;
    this.#reported = news;
    if (permanent) {
      logger.error(
        `Can't take part in elections: ${cause.message}. This must be fixed by hand; retrying every ${LONGEST_PAUSE} ms`,
      );
    } else {
      say();
    }
    if (isFirst) onDisconnected(cause);
    return permanent;
  }
}
