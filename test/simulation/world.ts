import type { Takeover } from '../../lib/election/takeover.js';
import { SimulatedInstance } from './instances/simulated-instance.js';
import type { DutyTrouble } from './instances/simulated-duties.js';
import { Path, type Latency } from './network/path.js';
import type { PlantedBug } from './planted-bugs.js';
import { Referee } from './referee.js';
import { Ledger } from './server/ledger.js';
import { SimulatedServer } from './server/simulated-server.js';
import { Agenda } from './time/agenda.js';
import { Randomness } from './time/randomness.js';
import { SimulatedProcess } from './time/simulated-process.js';
import { statementTimeout } from '../../lib/postgres/set-up-statements.js';
import { timings } from './timings.js';

export interface WorldSetup {
  readonly seed: number;
  readonly takeover: Takeover;
  readonly spread?: boolean | undefined;
  readonly elections: number;
  readonly latency: Latency;
  readonly trouble: DutyTrouble;
  /** The greatest share by which a machine's clocks are wrong. */
  readonly clockError: number;
  readonly bug?: PlantedBug | undefined;
}

/** A server, a network, and instances: the whole of what exists. */
export class World {
  readonly agenda = new Agenda();
  readonly setup: WorldSetup;
  readonly instances: SimulatedInstance[] = [];
  readonly referee: Referee;
  readonly ledger: Ledger;
  readonly random: Randomness;
  readonly trouble: DutyTrouble;
  /** Where clients are sent to at this moment. */
  server: SimulatedServer;
  /** Gets what happens, when somebody wants to read it. */
  onNote: ((at: number, who: string, what: string) => void) | undefined;

  constructor(setup: WorldSetup) {
    this.setup = setup;
    this.random = new Randomness(setup.seed);
    this.trouble = { ...setup.trouble };
    this.referee = new Referee(this.instances, setup.elections);
    this.ledger = new Ledger((holds, otherwise) => {
      this.referee.expect(holds, otherwise);
    });
    this.server = this.#newServer(1_000n, {
      startedAt: this.random.chance(0.5) ? -3_600_000 : 0,
      replayedUntil: undefined,
      checkpointAt: 0,
    });
  }

  note(who: string, what: string): void {
    this.onNote?.(this.agenda.now, who, what);
  }

  /** Those whose process still runs, or is frozen. */
  get living(): SimulatedInstance[] {
    return this.instances.filter(({ process, ended }) => process.alive && !ended);
  }

  join(candidate = true): SimulatedInstance {
    const { clockError, elections, latency, takeover, spread = false, bug } = this.setup;
    const random = this.random.fork();
    const process = new SimulatedProcess(this.agenda, random.fork(), {
      rate: 1 + random.between(-clockError, clockError),
    });
    const path = () => new Path(this.agenda, random.fork(), latency);
    const instance = new SimulatedInstance({
      name: `i${this.instances.length + 1}`,
      process,
      random,
      link: { toServer: path(), toClient: path() },
      server: () => this.server,
      elections,
      candidate,
      takeover,
      spread,
      timings,
      bug,
      trouble: this.trouble,
      referee: this.referee,
      ledger: this.ledger,
      note: (who, what) => {
        this.note(who, what);
      },
    });
    this.instances.push(instance);
    this.agenda.wake();
    this.note(instance.name, 'joins');
    return instance;
  }

  /** The primary's host is gone without a word, and a standby is promoted in its place. */
  failOver(downtime: number): void {
    const old = this.server;
    old.silent = true;
    const promotedAt = this.agenda.now + downtime;
    this.server = this.#newServer(old.lastTerm, {
      startedAt: this.random.chance(0.5) ? -3_600_000 : this.agenda.now - 1_000,
      replayedUntil: promotedAt,
      checkpointAt: promotedAt + this.random.between(0, 4_000),
    });
    this.server.down = true; // A standby refuses to elect; to an instance that is the same.
    const promoted = this.server;
    this.agenda.at(promotedAt, () => {
      promoted.down = false;
    });
  }

  #newServer(term: bigint, history: ConstructorParameters<typeof SimulatedServer>[0]['history']) {
    return new SimulatedServer({
      agenda: this.agenda,
      ledger: this.ledger,
      random: this.random.fork(),
      statementTimeout: statementTimeout(timings),
      history,
      term,
    });
  }
}
