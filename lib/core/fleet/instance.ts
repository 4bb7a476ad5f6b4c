import { setMaxListeners } from 'node:events';
import type { Announcement } from '../model/announcement.js';
import type { InstanceReport, InstanceInfo } from '../model/instance-report.js';
import { inBackground, reportFailure } from '../common/background.js';
import { fullJitter, type Random } from '../time/jitter.js';
import type { Clock } from '../time/clock.js';
import { isPermanent, type SessionIdentity, type Connector } from '../model/connection.js';
import type { Election, LiveSession, OpenSession } from '../election/election.js';
import { Emitter, type Unsubscribe } from '../common/emitter.js';
import { HolderLookup } from '../session/holder-lookup.js';
import { LeaderDiscovery } from './leader-discovery.js';
import type { ElectionLogger } from '../common/logger.js';
import { LockPoller } from '../session/lock-poller.js';
import { ResignRequests, type ResignRequest } from './resign-requests.js';
import { PresenceResponder } from './presence-responder.js';
import { withJson } from '../common/with-json.js';
import { Session } from '../session/session.js';
import { Rebalancer } from './rebalancer.js';
import type { Timings } from '../model/timings.js';
import { asError } from '../common/thrown.js';
import { waitFor, sleep } from '../time/wait.js';

/** The first and the longest pause between two attempts to connect, in milliseconds. */
const FIRST_PAUSE = 100;
const LONGEST_PAUSE = 5_000;

/** Why there was no connection, and since when. */
export interface ConnectionFailure {
  /** What went wrong. */
  readonly error: Error;
  /** When it did, by the clock of this instance. */
  readonly at: Date;
  /** True when no retry can heal it, such as a wrong password: somebody has to mend it. */
  readonly permanent: boolean;
}

/** What instances tell each other about one election. */
type OfAnElection = Extract<Announcement, { readonly key: bigint }>;

/** @internal */
export interface InstanceSetup {
  readonly self: InstanceInfo;
  readonly connector: Connector;
  readonly elections: readonly Election[];
  readonly timings: Timings;
  readonly logger: ElectionLogger;
  readonly clock: Clock;
  readonly random: Random;
  /** True: the elections of the fleet settle on different instances, of which this is one. */
  readonly spread?: boolean;
}

/**
 * A running process: keeps one session to the database, on which all its elections live, and opens another when it is
 * lost. It never gives up.
 *
 * @internal
 */
export class Instance {
  readonly #setup: InstanceSetup;
  readonly #startedAt: Date;
  readonly #onSession = new Emitter<OpenSession>();
  readonly #onHeartbeat = new Emitter<number>();
  /** Sessions of ours that the server may still have, whose duties have all ended. */
  readonly #orphans = new Set<SessionIdentity>();
  #current: OpenSession | undefined;
  #disconnectedSince: Date | undefined;
  #lastHeartbeat: Date | undefined;
  #lostAt: number | undefined;
  #failure: ConnectionFailure | undefined;
  /** What was reported last, until there is a connection again. */
  #reported: string | undefined;

  constructor(setup: InstanceSetup) {
    this.#setup = setup;
    this.#startedAt = this.#disconnectedSince = this.#now;
  }

  get connected(): boolean {
    return this.#current !== undefined;
  }

  /** Undefined while there is a connection; before the first, since there is this instance. */
  get disconnectedSince(): Date | undefined {
    return this.#disconnectedSince;
  }

  get #now(): Date {
    return new Date(this.#setup.clock.now().wall);
  }

  /** When the server last answered a statement, by the moment of its sending. */
  get lastHeartbeat(): Date | undefined {
    const confirmed = this.#current?.session.lease.confirmedAt;
    return confirmed ? new Date(confirmed.wall) : this.#lastHeartbeat;
  }

  /** What this instance answers to a roll call. */
  get #report(): InstanceReport {
    const { elections, self } = this.#setup;
    const { lastHeartbeat } = this;
    return {
      ...self,
      startedAt: this.#startedAt,
      ...(lastHeartbeat && { lastHeartbeat }),
      elections: elections.map((election) => election.report),
    };
  }

  /** Why there is no connection, or why the last one was lost. */
  get failure(): ConnectionFailure | undefined {
    return this.#failure;
  }

  /** Tells the round trip time of each heartbeat, in milliseconds. */
  onHeartbeat(listener: (milliseconds: number) => void): Unsubscribe {
    return this.#onHeartbeat.on(listener);
  }

  /** Takes part in all elections until `stop` aborts; resolves when all have stepped down and the session is closed. */
  async run(stop: AbortSignal): Promise<void> {
    // A signal of our own, to which any number of elections may listen.
    const stopping = new AbortController();
    setMaxListeners(0, stopping.signal);
    const relay = () => {
      stopping.abort();
    };
    if (stop.aborted) relay();
    stop.addEventListener('abort', relay);

    const closing = new AbortController();
    const connected = this.#keepConnected(stopping.signal, closing.signal);
    try {
      const { elections } = this.#setup;
      await Promise.all(elections.map((election) => election.run(this.#live, stopping.signal)));
    } finally {
      closing.abort();
      await connected;
      stop.removeEventListener('abort', relay);
    }
  }

  readonly #live: LiveSession = (stop) =>
    waitFor<OpenSession>(stop, (tell) => {
      if (this.#current) tell(this.#current);
      return this.#onSession.on(tell);
    });

  async #keepConnected(stop: AbortSignal, closing: AbortSignal): Promise<void> {
    const { clock, connector, random, timings } = this.#setup;
    let failures = 0;
    while (!stop.aborted) {
      let permanent: boolean;
      try {
        const session = new Session(await connector.connect(stop), clock, timings, this.#lostAt);
        try {
          await this.#serve(session, closing);
        } finally {
          await session.close(); // unless it was lost
        }
        if (closing.aborted) return;
        permanent = this.#reportLoss(session);
        // A server that accepts connections only to drop them must not be rushed.
        if (clock.now().monotonic - session.openedAt > LONGEST_PAUSE) failures = 0;
      } catch (error) {
        if (stop.aborted) return;
        permanent = this.#reportFailure(error);
      }
      const milliseconds = permanent
        ? LONGEST_PAUSE
        : fullJitter(failures, FIRST_PAUSE, LONGEST_PAUSE, random);
      failures += 1;
      // While connected, the socket keeps the process alive; without a socket this timer stands in for it.
      await sleep(clock, milliseconds, stop, { keepsProcessAlive: true });
    }
  }

  /** Lives on a session until it is lost, or until every election has stepped down. */
  async #serve(session: Session, closing: AbortSignal): Promise<void> {
    if (session.ended) return; // Lost before anybody could listen.
    const { elections, logger, random, self, spread } = this.#setup;
    const poller = new LockPoller(session, random);
    const open: OpenSession = { session, poller, holders: new HolderLookup(session, random) };
    const discovery = new LeaderDiscovery(session, elections, random);
    const presence = new PresenceResponder(session, () => this.#report, random);
    const rebalancer = spread
      ? new Rebalancer(poller, elections, { instanceId: self.instanceId, random })
      : undefined;
    const requests = new ResignRequests(session, {
      random,
      logger,
      accept: (request) => {
        inBackground('Resigning on request', logger, () =>
          this.#onResignRequest(request, rebalancer),
        );
      },
    });
    session.onHeartbeat((milliseconds) => {
      this.#onHeartbeat.emit(milliseconds);
    });
    session.connection.onAnnouncement((announcement, sender) => {
      // It comes from anyone who can connect to the database: whatever it leads to must not end this process.
      try {
        if (announcement.type === 'who-leads') discovery.onQuestion();
        else if (announcement.type === 'roll-call') presence.onQuestion();
        else if (announcement.type !== 'resign-request') this.#onMessage(announcement, sender);
        else if (announcement.instanceId === self.instanceId)
          requests.onRequest(announcement, sender);
      } catch (error) {
        reportFailure(`A message from another instance (${announcement.type})`, logger, error);
      }
    });
    session.onEnd(({ reason }) => {
      this.#lastHeartbeat = new Date(session.lease.confirmedAt.wall);
      this.#disconnectedSince = this.#now;
      this.#current = undefined; // At once: an election that has lost its session must not be given it again.
      if (reason === 'closed') return;
      this.#lostAt = session.clock.now().monotonic;
      inBackground('Ending the orphaned session', logger, async () => {
        if (await session.drained) this.#addOrphan(session.connection.identity);
      });
    });

    this.#current = open;
    this.#disconnectedSince = undefined;
    if (this.#reported !== undefined) logger.log('Connected to the database');
    this.#reported = undefined;
    for (const election of elections) election.connected(open);
    this.#onSession.emit(open);
    discovery.ask();
    this.#terminateOrphans();

    await waitFor(closing, (tell) => session.onEnd(tell));
  }

  #onMessage(announcement: OfAnElection, sender: number): void {
    for (const election of this.#setup.elections) {
      if (election.keys.lock === announcement.key) election.onMessage(announcement, sender);
    }
  }

  /** From somebody who may ask. */
  async #onResignRequest(
    request: ResignRequest,
    rebalancer: Rebalancer | undefined,
  ): Promise<void> {
    const election = this.#setup.elections.find(({ keys }) => keys.lock === request.key);
    if (!election || !(await election.settled())) return;
    // For a certain successor: whether that is for the good of the fleet is decided by its spread.
    if (request.successor === undefined) await election.resign();
    else await rebalancer?.handOver(election, request.successor);
  }

  // --- orphans --------------------------------------------------------------------------------------------------------

  /** Our own dead session may still hold its locks at the server; its duties have ended, so nobody needs to wait for it. */
  #addOrphan(orphan: SessionIdentity): void {
    this.#orphans.add(orphan);
    this.#terminateOrphans();
  }

  #terminateOrphans(): void {
    const session = this.#current?.session;
    if (!session) return;
    for (const orphan of this.#orphans) {
      this.#orphans.delete(orphan);
      session
        .run((connection) => connection.terminate(orphan))
        .then(
          () => {
            for (const election of this.#setup.elections) election.retrySoon();
          },
          () => this.#orphans.add(orphan), // This session is over as well; the next one tries again.
        );
    }
  }

  // --- telling -------------------------------------------------------------------------------------------------------

  /** Says why the session was lost, and that another is on its way; returns whether somebody has to mend something. */
  #reportLoss(session: Session): boolean {
    const { ended } = session;
    const cause = toError(ended?.cause ?? ended);
    const what =
      ended?.reason === 'lease_expired'
        ? `the server did not answer within ${session.timings.renewDeadline} ms (renewDeadline)`
        : cause.message;
    return this.#sayOnce(cause, 'lost', () => {
      this.#setup.logger.warn(`Lost the connection to the database, connecting again: ${what}`);
    });
  }

  /** Says why no connection could be made; returns whether somebody has to mend something. */
  #reportFailure(error: unknown): boolean {
    const cause = toError(error);
    return this.#sayOnce(cause, 'unreachable', () => {
      this.#setup.logger.error(
        `No connection to the database, standing by until it is back: ${cause.message}`,
      );
    });
  }

  /**
   * Says once what passes by itself, until there is a connection again: a server that starts refuses for several reasons,
   * one after the other. What somebody has to mend is said for each reason.
   */
  #sayOnce(cause: Error, kind: 'lost' | 'unreachable', say: () => void): boolean {
    const { clock, elections, logger } = this.#setup;
    const permanent = isPermanent(cause);
    this.#failure = withJson({ error: cause, at: new Date(clock.now().wall), permanent });
    const news = permanent ? cause.message : kind;
    if (this.#reported === news) return permanent;
    const isFirst = this.#reported === undefined;
    this.#reported = news;
    if (permanent) {
      const pause = `trying again every ${LONGEST_PAUSE} ms`;
      logger.error(
        `Can't take part in elections: ${cause.message}. This won't heal by itself; ${pause}`,
      );
    } else {
      say();
    }
    // One event for the loss, whatever else goes wrong until the connection is restored.
    if (isFirst) for (const election of elections) election.disconnected(cause);
    return permanent;
  }
}

function toError(error: unknown): Error {
  return asError(error);
}
