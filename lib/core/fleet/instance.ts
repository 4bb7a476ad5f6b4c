import { setMaxListeners } from 'node:events';
import { inBackground } from '../common/background.js';
import { Emitter, type Unsubscribe } from '../common/emitter.js';
import type { ElectionLogger } from '../common/logger.js';
import { inOwnContext } from '../common/own-context.js';
import type { Election, LiveSession, OpenSession } from '../election/election.js';
import type { InstanceInfo, InstanceReport } from '../model/instance-report.js';
import type { ConnectionStatus } from '../model/metrics-sink.js';
import type { Timings } from '../model/timings.js';
import type { Connector } from '../port/connection.js';
import { HolderLookup } from '../session/holder-lookup.js';
import { LockPoller } from '../session/lock-poller.js';
import type { Session } from '../session/session.js';
import type { Clock } from '../time/clock.js';
import type { Random } from '../time/jitter.js';
import { waitFor } from '../time/wait.js';
import {
  ConnectionSupervisor,
  type ConnectionFailure,
  type Rest,
} from './connection-supervisor.js';
import { LeaderDiscovery, PresenceResponder } from './discovery.js';
import { HeirShares } from './heir-shares.js';
import { MessageRouter } from './message-router.js';
import { Namesakes } from './namesakes.js';
import { OrphanedSessions } from './orphaned-sessions.js';
import { Rebalancer } from './rebalancer.js';
import { Reserve } from './reserve.js';
import { ResignRequests, type ResignRequest } from './resign-requests.js';

/** @internal */
export interface InstanceSetup {
  readonly self: InstanceInfo;
  readonly connector: Connector;
  readonly elections: readonly Election[];
  readonly timings: Timings;
  readonly logger: ElectionLogger;
  readonly clock: Clock;
  readonly random: Random;
  /** True: this instance takes part in spreading the elections over the fleet. */
  readonly spread?: boolean;
  /** The keys of the places (`maxCandidates`); empty if this instance only observes; undefined if there is no limit. */
  readonly places?: readonly bigint[] | undefined;
}

/** A change of the connection status, with the error if the connection was lost or could not be established. */
export interface ConnectionChange {
  readonly status: ConnectionStatus;
  readonly error?: Error;
}

/**
 * A running process that takes part in elections. It keeps one session to the database for all its elections, and
 * exchanges messages with other instances. With `maxCandidates`, it may be in reserve and have no session.
 *
 * @internal
 */
export class Instance {
  readonly #setup: InstanceSetup;
  readonly #startedAt: Date;
  readonly #supervisor: ConnectionSupervisor;
  readonly #orphans: OrphanedSessions;
  readonly #reserve: Reserve | undefined;
  readonly #onSession = new Emitter<OpenSession>();
  readonly #onHeartbeat = new Emitter<number>();
  readonly #onConnectionChange = new Emitter<ConnectionChange>();
  #current: OpenSession | undefined;
  #status: ConnectionStatus = 'closed';

  constructor(setup: InstanceSetup) {
    const { clock, elections, places } = setup;
    this.#setup = setup;
    this.#startedAt = new Date(clock.now().wall);
    this.#supervisor = new ConnectionSupervisor({
      ...setup,
      onDisconnected: (cause) => {
        for (const election of elections) election.disconnected(cause);
        this.#changed({ status: 'disconnected', error: cause });
      },
    });
    this.#orphans = new OrphanedSessions(() => {
      for (const election of elections) election.retrySoon();
    });
    this.#reserve = places && new Reserve({ ...setup, places, orphans: this.#orphans });
  }

  get connected(): boolean {
    return this.#supervisor.connected;
  }

  /**
   * Start of the outage; before the first connection, the start of this instance. Undefined while connected or in
   * reserve.
   */
  get disconnectedSince(): Date | undefined {
    return this.#supervisor.disconnectedSince;
  }

  /** When the last answered statement was sent. */
  get lastHeartbeat(): Date | undefined {
    return this.#supervisor.lastHeartbeat;
  }

  /** Why there is no connection, or why the previous one was lost. */
  get failure(): ConnectionFailure | undefined {
    return this.#supervisor.failure;
  }

  /** Calls the listener with the round trip time of each heartbeat, in milliseconds. */
  onHeartbeat(listener: (milliseconds: number) => void): Unsubscribe {
    return this.#onHeartbeat.on(listener);
  }

  /** Calls the listener at each change of the connection status. */
  onConnectionChange(listener: (change: ConnectionChange) => void): Unsubscribe {
    return this.#onConnectionChange.on(listener);
  }

  /** Takes part in all elections until `stop` aborts. Resolves when all have stepped down and the session is closed. */
  run(stop: AbortSignal): Promise<void> {
    return inOwnContext(() => this.#run(stop));
  }

  async #run(stop: AbortSignal): Promise<void> {
    // A separate signal, to which any number of elections may listen.
    const stopping = new AbortController();
    setMaxListeners(0, stopping.signal);
    const relay = () => {
      stopping.abort();
    };
    if (stop.aborted) relay();
    stop.addEventListener('abort', relay);

    this.#changed({ status: 'disconnected' });
    const closing = new AbortController();
    const connected = this.#supervisor.run(
      (session) => this.#serve(session, closing.signal),
      () => !closing.signal.aborted,
      stopping.signal,
    );
    try {
      const { elections } = this.#setup;
      await Promise.all(elections.map((election) => election.run(this.#live, stopping.signal)));
    } finally {
      closing.abort();
      await connected;
      this.#changed({ status: 'closed' });
      stop.removeEventListener('abort', relay);
    }
  }

  readonly #live: LiveSession = (stop) =>
    waitFor<OpenSession>(stop, (tell) => {
      if (this.#current) tell(this.#current);
      return this.#onSession.on(tell);
    });

  #changed(change: ConnectionChange): void {
    this.#status = change.status;
    this.#onConnectionChange.emit(change);
  }

  /** Uses a session until it is lost or every election has stepped down. Without a place, only checks in. */
  async #serve(session: Session, closing: AbortSignal): Promise<Rest | undefined> {
    const { elections, logger, random, self, spread } = this.#setup;
    const reserve = this.#reserve;
    const shares = spread ? new HeirShares(session, elections, self.instanceId) : undefined;
    const poller = new LockPoller(session, random, shares);
    const open: OpenSession = { session, poller, holders: new HolderLookup(session, random) };
    const discovery = new LeaderDiscovery(session, elections, random);
    this.#listen(open, discovery);
    session.onHeartbeat((milliseconds) => {
      this.#onHeartbeat.emit(milliseconds);
    });
    session.onEnd(({ reason }) => {
      this.#current = undefined; // At once: an election that has lost its session must not get it again.
      if (reason === 'closed') return;
      inBackground('Terminating an orphaned session', logger, async () => {
        if (await session.drained) this.#orphans.add(session.connection.identity);
      });
    });

    if (reserve) {
      const isAdmitted = await reserve.admit(open, discovery, closing);
      if (session.ended) return undefined;
      if (!isAdmitted && !closing.aborted) return this.#enterReserve(reserve);
    }
    if (!closing.aborted) {
      this.#connect(open, discovery);
      await waitFor(closing, (tell) => session.onEnd(tell));
    }
    await reserve?.handOn(session);
    return undefined;
  }

  /** Gives a session to the elections. */
  #connect(open: OpenSession, discovery: LeaderDiscovery): void {
    const { elections, logger } = this.#setup;
    if (this.#status === 'reserve') logger.log('Left the reserve: this instance has taken a place');
    this.#current = open;
    for (const election of elections) election.connected(open);
    this.#onSession.emit(open);
    this.#changed({ status: 'connected' });
    discovery.ask();
    inBackground('Terminating an orphaned session', logger, () => this.#orphans.use(open.session));
  }

  /** Enters the reserve: the session is closed until the next check-in. */
  #enterReserve(reserve: Reserve): Rest {
    const { elections, logger, places = [], timings } = this.#setup;
    for (const election of elections) election.checkedIn();
    const isFirst = this.#status !== 'reserve';
    if (isFirst) {
      const why =
        places.length === 0
          ? 'this instance only observes'
          : `all places are taken (maxCandidates: ${places.length})`;
      logger.log(`In reserve: ${why}; checking in every ${timings.reserveInterval} ms`);
      this.#changed({ status: 'reserve' });
    }
    return (stop) => reserve.rest(isFirst, stop);
  }

  #listen({ session }: OpenSession, discovery: LeaderDiscovery): void {
    const { elections, logger, random, self, spread } = this.#setup;
    const { instanceId } = self;
    const presence = new PresenceResponder(session, () => this.#report, random);
    const rebalancer = spread
      ? new Rebalancer(session, elections, { instanceId, random })
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
    const namesakes = new Namesakes(session, { instanceId, random, logger });
    const router = new MessageRouter(
      { instanceId, elections, discovery, presence, requests, namesakes, reserve: this.#reserve },
      logger,
    );
    session.connection.onAnnouncement((announcement, sender) => {
      router.onMessage(announcement, sender);
    });
  }

  /** Handles a resign request whose sender is authorised. */
  async #onResignRequest(
    request: ResignRequest,
    rebalancer: Rebalancer | undefined,
  ): Promise<void> {
    const election = this.#setup.elections.find(({ keys }) => keys.lock === request.key);
    if (request.successor !== undefined) rebalancer?.joins(request.successor);
    if (!election || !(await election.settled())) return;
    // With a successor: the rebalancer decides whether the move improves the balance.
    if (request.successor === undefined) await election.resign();
    else await rebalancer?.handOver(election, request.successor);
  }

  /** The answer to a roll call. */
  get #report(): InstanceReport {
    const { elections, places, self } = this.#setup;
    const { lastHeartbeat } = this;
    return {
      ...self,
      startedAt: this.#startedAt,
      ...(lastHeartbeat && { lastHeartbeat }),
      ...(places && { maxCandidates: places.length }),
      elections: elections.map((election) => election.report),
    };
  }
}
