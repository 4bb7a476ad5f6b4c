import { getEventListeners } from 'node:events';
import { Election } from '../../../lib/election/election.js';
import { Instance } from '../../../lib/election/instance.js';
import { silentLogger } from '../../../lib/election/logger.js';
import type { Takeover } from '../../../lib/election/takeover.js';
import type { Timings } from '../../../lib/election/timings.js';
import { SimulatedConnector } from '../network/simulated-connector.js';
import type { Link, Socket } from '../network/socket.js';
import type { PlantedBug } from '../planted-bugs.js';
import type { Referee } from '../referee.js';
import type { Ledger } from '../server/ledger.js';
import type { SimulatedServer } from '../server/simulated-server.js';
import type { Randomness } from '../time/randomness.js';
import type { SimulatedProcess } from '../time/simulated-process.js';
import { SimulatedDuties, type DutyTrouble } from './simulated-duties.js';
import { SimulatedWriter } from './simulated-writer.js';

export interface SimulatedInstanceSetup {
  readonly name: string;
  readonly process: SimulatedProcess;
  readonly random: Randomness;
  readonly link: Link;
  readonly server: () => SimulatedServer;
  readonly elections: number;
  readonly candidate: boolean;
  readonly takeover: Takeover;
  readonly spread: boolean;
  readonly timings: Timings;
  readonly bug: PlantedBug | undefined;
  readonly trouble: DutyTrouble;
  readonly referee: Referee;
  readonly ledger: Ledger;
  readonly note: (who: string, what: string) => void;
}

/** The real state machine, in a process that is not. */
export class SimulatedInstance {
  readonly name: string;
  readonly process: SimulatedProcess;
  readonly link: Link;
  readonly elections: readonly Election[];
  readonly duties: readonly SimulatedDuties[];
  readonly writers: readonly SimulatedWriter[];
  readonly connector: SimulatedConnector;
  readonly candidate: boolean;
  readonly #stop = new AbortController();
  /** Net milliseconds that its wall clock was set back, and whether its monotonic clock ever stood still. */
  readonly clockFaults = { setBack: 0, suspended: false };
  readonly #termRestsOn: Socket[] = [];
  ended = false;
  stopping = false;

  constructor(setup: SimulatedInstanceSetup) {
    const { name, process, link, random, timings } = setup;
    this.name = name;
    this.process = process;
    this.link = link;
    this.candidate = setup.candidate;
    this.connector = new SimulatedConnector({ process, link, timings, server: setup.server });
    const indices = Array.from({ length: setup.elections }, (_, index) => index);
    this.duties = indices.map((index) => this.#duties(setup, index));
    this.writers = indices.map((index) => this.#writer(setup, index));
    this.elections = indices.map((index) => this.#election(setup, index));
    const instance = new Instance({
      connector: this.connector,
      elections: this.elections,
      timings,
      logger: silentLogger,
      clock: process,
      random: random.next,
      self: { instanceId: name, version: 'simulated' },
      spread: setup.spread,
    });
    void instance.run(this.#stop.signal).then(() => {
      this.ended = true;
    });
  }

  /** Whether it leads, and can act on that. */
  leads(election: number): boolean {
    return this.process.running && this.elections[election]?.isLeader === true;
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
      void this.elections[election]?.resign();
    });
  }

  kill(gone: 'process' | 'host'): void {
    for (const socket of this.connector.sockets) socket.vanish(gone);
    this.process.kill();
  }

  #duties(setup: SimulatedInstanceSetup, index: number) {
    const { process, random, timings, trouble, referee, note } = setup;
    return new SimulatedDuties({
      process,
      random: random.fork(),
      stopTimeout: timings.stopTimeout,
      trouble,
      stopsWithoutWaiting: setup.bug?.stopsWithoutWaiting ?? false,
      onStart: () => {
        referee.started(this, index);
      },
      note: (what) => {
        note(this.name, `${what} (${index})`);
      },
      expect: (holds, otherwise) => {
        referee.expect(holds, `${this.name}: ${otherwise}`);
      },
    });
  }

  #writer(setup: SimulatedInstanceSetup, index: number) {
    const { process, random, ledger, referee, note } = setup;
    return new SimulatedWriter({
      process,
      random: random.fork(),
      ledger,
      lock: lockOf(index),
      note: (what) => {
        note(this.name, `${what} (${index})`);
      },
      expect: (holds, otherwise) => {
        referee.expect(holds, `${this.name}: ${otherwise}`);
      },
    });
  }

  #election(setup: SimulatedInstanceSetup, index: number): Election {
    const { process, random, takeover, bug, timings, referee, note } = setup;
    const duties = this.duties[index] as SimulatedDuties;
    const election = new Election({
      name: String(index),
      keys: { lock: lockOf(index), heir: lockOf(index) + 1n },
      candidate: setup.candidate,
      self: { instanceId: setup.name },
      takeover,
      timings: bug?.electionTimings ?? timings,
      duties,
      logger: silentLogger,
      clock: process,
      random: random.next,
    });
    let last: 'elected' | 'demoted' | 'released' = 'released';
    election.events.on((event) => {
      if (event.type === 'leader-changed') return;
      const reason = event.type === 'demoted' ? `: ${event.reason}` : '';
      note(this.name, `${event.type} (${index})${reason}`);
      if (event.type === 'elected') {
        referee.expect(last === 'released', `${this.name}: elected after ${last}`);
        for (const socket of this.connector.sockets)
          if (!socket.closed) this.#termRestsOn[index] = socket;
        referee.elected(this, index, event.leadership);
        void this.writers[index]?.serve(event.leadership);
      } else if (event.type === 'demoted') {
        referee.expect(last === 'elected', `${this.name}: demoted after ${last}`);
      } else if (event.type === 'released') {
        referee.expect(last === 'demoted', `${this.name}: released after ${last}`);
      } else return;
      last = event.type;
    });
    return election;
  }
}

function lockOf(election: number): bigint {
  return BigInt(2 * election + 1);
}
