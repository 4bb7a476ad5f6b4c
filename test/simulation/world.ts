import { SimulatedInstance } from './instances/simulated-instance.js';
import type { DutyTrouble } from './instances/simulated-hooks.js';
import { Path, type Latency } from './network/path.js';
import type { PlantedBug } from './planted-bugs.js';
import { Referee } from './referee.js';
import { Ledger } from './server/ledger.js';
import { SimulatedServer, type Surroundings } from './server/simulated-server.js';
import { Agenda } from './time/agenda.js';
import { Randomness } from './time/randomness.js';
import { SimulatedProcess } from './time/simulated-process.js';
import { statementTimeout } from '../../lib/core/postgres/set-up-statements.js';
import type { Rhythm } from './instances/simulated-job.js';
import { Mail } from './network/mail.js';
import { Calm } from './rules/calm.js';
import { AFTERMATH, Rules } from './rules/rules.js';
import { timings } from './timings.js';
import type { Takeover } from '../../lib/core/model/takeover.js';

export interface WorldSetup {
  readonly seed: number;
  /** Of the instances, in the order in which they join, again and again. */
  readonly takeovers: readonly Takeover[];
  readonly spread?: boolean | undefined;
  readonly elections: number;
  /** So many of the instances have a session at the most; left out: all of them. */
  readonly maxCandidates?: number | undefined;
  readonly latency: Latency;
  readonly trouble: DutyTrouble;
  /** The greatest share by which a machine's clocks are wrong. */
  readonly clockError: number;
  /** Milliseconds between two ticks of each election's job; left out: there is no job. */
  readonly period?: number | undefined;
  readonly surroundings?: Surroundings | undefined;
  /** Whether every other instance runs a later version of the library. */
  readonly later?: boolean | undefined;
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
  readonly job: Rhythm;
  readonly rules: Rules;
  /** What happens to the server; to the queue of its notifications; to anything at all; what strangers say before they go. */
  readonly serverCalm = new Calm();
  readonly refusalCalm = new Calm();
  readonly calm = new Calm();
  readonly claimsCalm = new Calm();
  /** Where clients are sent to at this moment. */
  server: SimulatedServer;
  /** Whether leaders still write in transactions. */
  mayWrite = true;
  /** Gets what happens, when somebody wants to read it. */
  onNote: ((at: number, who: string, what: string) => void) | undefined;

  constructor(setup: WorldSetup) {
    this.setup = setup;
    this.random = new Randomness(setup.seed);
    this.trouble = { ...setup.trouble };
    this.referee = new Referee(this.instances, setup.elections, {
      mayOverlap: (...leaders) => this.rules.overlaps.mayOverlap(...leaders),
      mayGoBack: () => this.rules.overlaps.mayGoBack(),
    });
    this.ledger = new Ledger((holds, otherwise) => {
      this.referee.expect(holds, otherwise);
    });
    const { period = Infinity } = setup;
    this.job = {
      period,
      phase: period === Infinity ? 0 : Math.floor(this.random.between(0, period)),
    };
    this.rules = new Rules(this);
    const isFresh = this.random.chance(0.5);
    this.server = this.#newServer(1_000n, {
      startedAt: isFresh ? 0 : -3_600_000,
      replayedUntil: undefined,
      checkpointAt: 0,
    });
    if (isFresh) this.serverCalm.disturb(0);
  }

  note(who: string, what: string): void {
    this.onNote?.(this.agenda.now, who, what);
  }

  /** Those whose process still runs, or is frozen. */
  get living(): SimulatedInstance[] {
    return this.instances.filter(({ process, ended }) => process.alive && !ended);
  }

  join(candidate = true): SimulatedInstance {
    const { clockError, latency, takeovers, later, bug } = this.setup;
    const random = this.random.fork();
    const process = new SimulatedProcess(this.agenda, random.fork(), {
      rate: 1 + random.between(-clockError, clockError),
    });
    const path = () => new Path(this.agenda, random.fork(), latency);
    const instance = new SimulatedInstance({
      name: `i${this.instances.length + 1}`,
      world: this,
      process,
      random,
      link: { toServer: path(), toClient: path() },
      mail: new Mail(this.agenda, random.fork(), process),
      candidate,
      takeover: takeovers[this.instances.length % takeovers.length] ?? 'strict',
      version: later && this.instances.length % 2 === 1 ? 'later' : 'this',
      bug,
    });
    this.instances.push(instance);
    this.agenda.wake();
    this.calm.disturb(this.agenda.now + AFTERMATH);
    this.note(instance.name, 'joins');
    return instance;
  }

  /** Something happens to an instance until `moment`. */
  disturb(instance: SimulatedInstance, moment: number): void {
    instance.disturbance.disturb(moment);
    this.calm.disturb(moment + AFTERMATH);
  }

  /** Something happens to the server until `moment`. */
  disturbServer(moment: number): void {
    this.serverCalm.disturb(moment);
    this.calm.disturb(moment + AFTERMATH);
  }

  /** Since when nothing has happened that a fleet may still be busy with. */
  get calmSince(): number {
    return this.calm.since;
  }

  /** The primary's host is gone without a word, and a standby is promoted in its place. */
  failOver(downtime: number): void {
    const old = this.server;
    old.silentSince = this.agenda.now;
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
      // Where the instances' clocks are exact, so is the server's.
      clockRate: this.setup.clockError === 0 ? 1 : this.random.between(0.995, 1.005),
      surroundings: this.setup.surroundings ?? {},
      watch: this.rules.watch(),
    });
  }
}
