import {
  ConflictException,
  Inject,
  Injectable,
  NotFoundException,
  type OnApplicationShutdown,
  type OnModuleInit,
} from '@nestjs/common';
import { Subject } from 'rxjs';
import { monotonicNow } from '../../../../tooling/clock.mjs';
import {
  type Database,
  provideDatabase,
} from '../../../../tooling/embedded-postgres/provide-database.mjs';
import { Fleet } from '../../../../tooling/instances/fleet.mjs';
import type {
  Happening as FleetHappening,
  Instance,
} from '../../../../tooling/instances/instance.mjs';
import { type Cluster, emptyCluster, reduce } from '../state/cluster.js';
import type { Happening } from '../state/happening.js';
import { MOST_INSTANCES, nameOf } from '../state/instances.js';
import { reigning } from '../state/reigns.js';
import { nextRestart } from '../state/restarts.js';
import { type ClusterTimings, timings } from '../timings.js';
import { ACTIONS, isAction } from './actions.js';
import { CLUSTER_OPTIONS, type ClusterOptions } from './cluster-options.js';
import { happeningOf } from './happening-of.js';
import { linkTo } from './link.js';

/** The instances, their PostgreSQL, and what can be done to them. */
@Injectable()
export class ClusterService implements OnModuleInit, OnApplicationShutdown {
  /** The state after everything that has happened so far. */
  cluster: Cluster;
  /** What happens from now on. Completes at shutdown. */
  readonly happenings$ = new Subject<Happening>();
  readonly timings: ClusterTimings;
  // Undefined only if the start failed.
  #database!: Database;
  #fleet!: Fleet;
  /** The numbers of instances whose process is about to be started. */
  readonly #starting = new Set<number>();
  /** The numbers of instances that are removed as soon as they have ended. */
  readonly #leaving = new Set<number>();
  readonly #restartDelay: number;
  #nextRestart: NodeJS.Timeout | undefined;
  #serverRestart: Promise<unknown> | undefined;
  #isEnding = false;

  constructor(@Inject(CLUSTER_OPTIONS) private readonly options: ClusterOptions) {
    this.timings = options.timings ?? timings;
    this.#restartDelay = options.restartDelay ?? 5_000;
    this.cluster = { ...emptyCluster, restartDelay: this.#restartDelay };
  }

  async onModuleInit(): Promise<void> {
    const {
      program = { main: new URL('../instance/main.js', import.meta.url) },
      databaseUrl,
      instances = 3,
      log,
    } = this.options;
    this.#database = await provideDatabase(databaseUrl);
    const { url } = this.#database;
    this.#fleet = new Fleet({ program, databaseUrl: url, logs: log !== undefined });
    this.#fleet.on((happening) => this.#hear(happening));
    for (let number = 1; number <= instances; number += 1) await this.#start(number);
  }

  /** Leaves no process, no port and no file behind. */
  async onApplicationShutdown(): Promise<void> {
    this.#isEnding = true;
    clearTimeout(this.#nextRestart);
    this.happenings$.complete();
    await (this.#fleet as Fleet | undefined)?.end();
    await this.#serverRestart?.catch(() => {});
    await (this.#database as Database | undefined)?.stop();
  }

  /** Such as `a throwaway PostgreSQL 18.4 on port 40123`. */
  get database(): string {
    return this.#database.description;
  }

  get canRestartServer(): boolean {
    return this.#database.restart !== undefined;
  }

  /** Adds an instance. */
  async add(): Promise<void> {
    const taken = new Set([
      ...this.cluster.instances.map(({ number }) => number),
      ...this.#starting,
    ]);
    const places = Array.from({ length: MOST_INSTANCES }, (_, index) => index + 1);
    const free = places.find((number) => !taken.has(number));
    if (free === undefined) {
      throw new ConflictException(
        `There are ${MOST_INSTANCES} instances, and more are not allowed.`,
      );
    }
    await this.#start(free);
  }

  /** Whether instances that end are started again. */
  setAutoRestart(isOn: boolean): void {
    const delay = isOn ? this.#restartDelay : undefined;
    this.#tell({ type: 'restart-policy', at: monotonicNow(), delay });
  }

  async restartServer(): Promise<void> {
    const { restart } = this.#database;
    if (!restart) {
      throw new ConflictException('The PostgreSQL of DATABASE_URL cannot be restarted from here.');
    }
    if (this.#serverRestart) throw new ConflictException('PostgreSQL is already restarting.');
    this.#tell({ type: 'server-stopping', at: monotonicNow() });
    this.#serverRestart = restart();
    try {
      await this.#serverRestart;
      this.#tell({ type: 'server-started', at: monotonicNow() });
    } finally {
      this.#serverRestart = undefined;
    }
  }

  /**
   * @param instance a number, or `leader`
   * @throws NotFoundException if there is no such instance or action
   * @throws ConflictException if the action is not possible at the moment
   */
  async act(instance: string, action: string): Promise<void> {
    const number = this.#numberOf(instance);
    const process = this.#fleet.instances.find((one) => one.number === number);
    if (action === 'remove') return this.#remove(number, process);
    if (action === 'start') {
      if (process) throw new ConflictException(`${nameOf(number)} has not ended.`);
      return this.#start(number);
    }
    if (!isAction(action)) {
      const known = [...Object.keys(ACTIONS), 'start', 'remove'].join(', ');
      throw new NotFoundException(`There is no action "${action}". There are ${known}.`);
    }
    if (!process) throw new ConflictException(`${nameOf(number)} has ended.`);
    if (action === 'cut-off' && !process.canBeCutOff) {
      const why = 'it uses a Unix socket, or is encrypted';
      throw new ConflictException(`The connection to this PostgreSQL cannot be cut: ${why}.`);
    }
    const { can, run } = ACTIONS[action];
    if (!can(process)) {
      const state = process.isCutOff ? `${process.state}, and cut off` : process.state;
      throw new ConflictException(
        `${nameOf(number)} is ${state}: "${action}" is not possible now.`,
      );
    }
    await run(process);
  }

  #numberOf(instance: string): number {
    if (instance === 'leader') {
      const leader = reigning(this.cluster);
      if (!leader) throw new ConflictException('No instance leads at the moment.');
      return leader.instance;
    }
    const numbers = this.cluster.instances.map(({ number }) => number);
    const number = numbers.find((one) => String(one) === instance);
    if (number !== undefined) return number;
    const known = numbers.join(', ') || 'none at the moment';
    throw new NotFoundException(`There is no instance "${instance}". There are: ${known}.`);
  }

  async #start(number: number): Promise<void> {
    // Two requests for the same start, such as a click and the restart that is due, start one process.
    if (this.#starting.has(number)) return;
    this.#starting.add(number);
    try {
      const link = await linkTo(this.#database.url);
      if (this.#isEnding) await link?.stop();
      else this.#fleet.start({ number, ...(link && { link }) });
    } finally {
      this.#starting.delete(number);
    }
  }

  /** Schedules the next automatic restart. */
  #planRestart(): void {
    clearTimeout(this.#nextRestart);
    const next = nextRestart(this.cluster);
    if (!next || this.#isEnding) return;
    const wait = Math.max(0, next.at - monotonicNow());
    this.#nextRestart = setTimeout(() => void this.#start(next.number), wait);
  }

  #remove(number: number, process: Instance | undefined): void {
    if (!process) return this.#tell({ type: 'removed', instance: number, at: monotonicNow() });
    this.#leaving.add(number);
    // A frozen instance cannot stop, and one that is cut off cannot say goodbye to the database.
    if (process.state === 'frozen' || process.isCutOff) process.kill();
    else process.stop();
  }

  #hear(happening: FleetHappening): void {
    const { number } = happening.instance;
    if (happening.type === 'output') {
      this.options.log?.(happening.text.replace(/^/gm, `${nameOf(number)} │ `));
    }
    const told = happeningOf(happening);
    if (told) this.#tell(told);
    if (happening.type === 'gone' && this.#leaving.delete(number)) {
      this.#tell({ type: 'removed', instance: number, at: monotonicNow() });
    }
  }

  #tell(happening: Happening): void {
    this.cluster = reduce(this.cluster, happening);
    this.happenings$.next(happening);
    this.#planRestart();
  }
}
