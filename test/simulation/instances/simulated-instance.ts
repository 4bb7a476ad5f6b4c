import { getEventListeners } from 'node:events';
import type { Election } from '../../../lib/core/election/election.js';
import { Instance } from '../../../lib/core/fleet/instance.js';
import type { ElectionLogger } from '../../../lib/core/common/logger.js';
import { SimulatedConnector } from '../network/simulated-connector.js';
import type { Mail } from '../network/mail.js';
import type { Link, Socket } from '../network/socket.js';
import type { Version } from '../network/wire.js';
import type { PlantedBug } from '../planted-bugs.js';
import { Calm } from '../rules/calm.js';
import { placesOf } from '../rules/places.js';
import type { Backend } from '../server/backend.js';
import type { Randomness } from '../time/randomness.js';
import type { SimulatedProcess } from '../time/simulated-process.js';
import { timings } from '../timings.js';
import type { World } from '../world.js';
import type { SimulatedDuties } from './simulated-duties.js';
import { SimulatedElection } from './simulated-election.js';
import type { SimulatedWriter } from './simulated-writer.js';
import type { Takeover } from '../../../lib/core/model/takeover.js';

export interface SimulatedInstanceSetup {
  readonly name: string;
  readonly world: World;
  readonly process: SimulatedProcess;
  readonly random: Randomness;
  readonly link: Link;
  readonly mail: Mail;
  readonly candidate: boolean;
  readonly takeover: Takeover;
  readonly version: Version;
  readonly bug: PlantedBug | undefined;
}

/** The real state machine, in a process that is not. */
export class SimulatedInstance {
  readonly name: string;
  readonly takeover: Takeover;
  readonly process: SimulatedProcess;
  readonly link: Link;
  readonly mail: Mail;
  readonly elections: readonly Election[];
  readonly duties: readonly SimulatedDuties[];
  readonly writers: readonly SimulatedWriter[];
  readonly connector: SimulatedConnector;
  readonly candidate: boolean;
  readonly logger: ElectionLogger;
  readonly #world: World;
  readonly #instance: Instance;
  readonly #stop = new AbortController();
  /** What happens to its wall clock, and whether its monotonic clock ever stood still. */
  readonly clockFaults = { setBack: 0, stepped: false, suspended: false };
  /** What happens to its process and its network. */
  readonly disturbance = new Calm();
  readonly joinedAt: number;
  readonly #termRestsOn: Socket[] = [];
  ended = false;
  stopping = false;

  constructor(setup: SimulatedInstanceSetup) {
    const { name, world, process, link, mail, random, bug, takeover } = setup;
    this.#world = world;
    this.name = name;
    this.joinedAt = world.agenda.now;
    this.takeover = takeover;
    this.process = process;
    this.link = link;
    this.mail = mail;
    this.candidate = setup.candidate;
    this.logger = faultlessLogger((fault) => {
      world.referee.expect(false, `${name}: ${fault}`);
    });
    this.connector = new SimulatedConnector({
      owner: name,
      process,
      link,
      mail,
      timings,
      version: setup.version,
      server: () => world.server,
      onStatement: (statement) => {
        if (statement.name === 'set up') world.rules.places.opened(this);
        world.rules.costs.sends(this, statement);
      },
    });
    const parts = Array.from(
      { length: world.setup.elections },
      (_, index) =>
        new SimulatedElection({ instance: this, index, world, takeover, timings, random, bug }),
    );
    this.duties = parts.map(({ duties }) => duties);
    this.writers = parts.map(({ writer }) => writer);
    this.elections = parts.map(({ election }) => election);
    const places = placesOf(world.setup.maxCandidates);
    this.#instance = new Instance({
      connector: this.connector,
      elections: this.elections,
      timings,
      logger: this.logger,
      clock: process,
      random: random.next,
      self: { instanceId: name, version: 'simulated' },
      spread: world.setup.spread ?? false,
      places: setup.candidate ? places : places && [],
    });
    void this.#instance.run(this.#stop.signal).then(() => {
      this.ended = true;
    });
  }

  /** Whether it leads, and can act on that. */
  leads(election: number): boolean {
    return this.process.running && this.elections[election]?.isLeader === true;
  }

  /** When the server last answered, by the sending of what it answered, in milliseconds of its wall clock. */
  get lastHeartbeat(): number | undefined {
    return this.#instance.lastHeartbeat?.getTime();
  }

  get isHeir(): boolean {
    return this.elections.some(({ role }) => role === 'heir');
  }

  /** Since when nothing has happened to it, and it has been connected; Infinity where that is not so. */
  get calmSince(): number {
    const since = this.process.running ? this.connector.connectedSince : undefined;
    return since === undefined ? Infinity : Math.max(since, this.disturbance.since);
  }

  /** A term begins that rests on the present session. */
  restsTerm(election: number): void {
    for (const socket of this.connector.sockets)
      if (!socket.closed) this.#termRestsOn[election] = socket;
  }

  /** The server's end of the session that its last term rests on. */
  termSession(election: number): Backend | undefined {
    return this.#termRestsOn[election]?.backend;
  }

  /** Whether the session that its last term rests on exists at both ends. */
  sessionLives(election: number): boolean {
    const { closed, backend } = this.#termRestsOn[election] ?? {};
    return !closed && backend?.alive === true && !backend.server.silent;
  }

  /** Whether anybody still waits for it to be told to stop. */
  get isListening(): boolean {
    return getEventListeners(this.#stop.signal, 'abort').length > 0;
  }

  stop(): void {
    this.stopping = true;
    this.process.deliver(() => {
      this.#stop.abort();
    });
  }

  resign(election: number): void {
    this.process.deliver(() => {
      this.#world.rules.reasons.told(this.name, election);
      void this.elections[election]?.resign();
    });
  }

  kill(gone: 'process' | 'host'): void {
    for (const socket of this.connector.sockets) socket.vanish(gone);
    this.process.kill();
  }
}

/** What an instance may log as an error: that its duties have failed, and that it can't connect. */
const usual = /^(The duties of|Can't connect to the database)/;

/** Says nothing, and minds any other error. */
function faultlessLogger(object: (fault: string) => void): ElectionLogger {
  const silent = () => undefined;
  return {
    log: silent,
    warn: silent,
    error: (message) => {
      if (!usual.test(message)) object(message);
    },
  };
}
