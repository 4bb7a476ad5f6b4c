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
 * The first and the longest pause between two attempts to connect, in milliseconds. The first is long enough to spread a fleet that
 * has lost its server for a moment only. So many are as long, so that the fleet is back soon; after that, each is twice as long.
 */
const FIRST_PAUSE = 1_000;
const EQUAL_PAUSES = 4;
const LONGEST_PAUSE = 5_000;

/** Why there was no connection, and since when. */
export interface ConnectionFailure {
  /** What went wrong. */
  readonly error: Error;
  /** When it did, by the clock of this instance. */
  readonly at: Date;
  /** True when no retry can heal it, such as a wrong password: somebody has to fix it. */
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
  /** The connection was lost, or a first attempt has failed. Once, whatever else goes wrong until there is one again. */
  readonly onDisconnected: (cause: Error) => void;
}

/**
 * Keeps one session to the database, and opens another when it is lost, or is needed again. Never gives up.
 *
 * @internal
 */
export class ConnectionSupervisor {
  readonly #setup: SupervisorSetup;
  #session: Session | undefined;
  #disconnectedSince: Date | undefined;
  #lastHeartbeat: Date | undefined;
  /** No session is needed at the moment. */
  #isResting = false;
  #lostAt: number | undefined;
  #failure: ConnectionFailure | undefined;
  /** What was reported last, until there is a connection again. */
  #reported: string | undefined;

  constructor(setup: SupervisorSetup) {
    this.#setup = setup;
    this.#disconnectedSince = this.#now;
  }

  get connected(): boolean {
    return this.#session !== undefined;
  }

  /** Undefined while there is a connection, or none is needed; before the first, since there is this instance. */
  get disconnectedSince(): Date | undefined {
    return this.#disconnectedSince;
  }

  /** When the server last answered a statement, by the moment of its sending. */
  get lastHeartbeat(): Date | undefined {
    const confirmed = this.#session?.lease.confirmedAt;
    return confirmed ? new Date(confirmed.wall) : this.#lastHeartbeat;
  }

  /** Why there is no connection, or why the last one was lost. */
  get failure(): ConnectionFailure | undefined {
    return this.#failure;
  }

  /**
   * Connects again and again until `stop` aborts, and closes the last session when it is no longer served.
   *
   * @param serve uses a session; resolves when that is over or no longer needed, with a rest where another is needed only later
   * @param isServed false: no session is needed any more
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
          await session.close(); // unless it was lost
        }
        if (!isServed()) return;
        if (rest && session.ended?.reason === 'closed') {
          failures = 0;
          await rest(stop);
          continue;
        }
        permanent = this.#reportLoss(session);
        // A server that accepts connections only to drop them must not be rushed.
        if (clock.now().monotonic - session.openedAt > LONGEST_PAUSE) failures = 0;
      } catch (error) {
        if (stop.aborted) return;
        permanent = this.#reportFailure(error);
      }
      const milliseconds = permanent
        ? LONGEST_PAUSE
        : fullJitter(Math.max(0, failures + 1 - EQUAL_PAUSES), FIRST_PAUSE, LONGEST_PAUSE, random);
      failures += 1;
      // While connected, the socket keeps the process alive; without a socket this timer stands in for it.
      await sleep(clock, milliseconds, stop, { keepsProcessAlive: true });
    }
  }

  get #now(): Date {
    return new Date(this.#setup.clock.now().wall);
  }

  #opened(session: Session): void {
    if (session.ended) return; // Lost before anybody could listen.
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

  /** Says why the session was lost, and that another is on its way; returns whether somebody has to fix something. */
  #reportLoss(session: Session): boolean {
    const { ended } = session;
    const cause = asError(ended?.cause ?? ended);
    const what =
      ended?.reason === 'lease_expired'
        ? `the server did not answer within ${session.timings.renewDeadline} ms (renewDeadline)`
        : cause.message;
    return this.#report(cause, 'lost', () => {
      this.#setup.logger.warn(`Lost the connection to the database, connecting again: ${what}`);
    });
  }

  /** Says why no connection could be made; returns whether somebody has to fix something. */
  #reportFailure(error: unknown): boolean {
    const cause = asError(error);
    return this.#report(cause, 'unreachable', () => {
      this.#setup.logger.error(
        `No connection to the database, standing by until it is back: ${cause.message}`,
      );
    });
  }

  /**
   * Says once what passes by itself, until there is a connection again: a server that starts refuses for several reasons,
   * one after the other. What somebody has to fix is said for each reason.
   */
  #report(cause: Error, kind: 'lost' | 'unreachable', say: () => void): boolean {
    const { logger, onDisconnected } = this.#setup;
    const permanent = isPermanent(cause);
    this.#failure = withJson({ error: cause, at: this.#now, permanent });
    this.#disconnectedSince ??= this.#now; // It has had no need of one until now.
    const news = permanent ? cause.message : kind;
    if (this.#reported === news) return permanent;
    const isFirst = this.#reported === undefined;
    this.#reported = news;
    if (permanent) {
      logger.error(
        `Can't take part in elections: ${cause.message}. This won't heal by itself; trying again every ${LONGEST_PAUSE} ms`,
      );
    } else {
      say();
    }
    if (isFirst) onDisconnected(cause);
    return permanent;
  }
}
