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
import { nameOf } from '../state/instances.js';
import { reigning } from '../state/reigns.js';
import { ACTIONS, isAction } from './actions.js';
import { CLUSTER_OPTIONS, type ClusterOptions } from './cluster-options.js';
import { linkTo } from './link.js';

/** More would not fit on a page, and each is a process. */
const MOST_INSTANCES = 7;

/** The instances, their PostgreSQL, and what can be done to them. */
@Injectable()
export class ClusterService implements OnModuleInit, OnApplicationShutdown {
  /** Everything that has happened so far comes to this. */
  cluster: Cluster = emptyCluster;
  /** What happens from now on. Completes at shutdown. */
  readonly happenings$ = new Subject<Happening>();
  // Undefined only where the start failed.
  #database!: Database;
  #fleet!: Fleet;
  /** Those that are to leave the page as soon as they have ended, by their numbers. */
  readonly #leaving = new Set<number>();
  #restart: Promise<unknown> | undefined;

  constructor(@Inject(CLUSTER_OPTIONS) private readonly options: ClusterOptions) {}

  async onModuleInit(): Promise<void> {
    const {
      program = new URL('../instance/main.js', import.meta.url),
      databaseUrl,
      instances = 3,
      logs = false,
    } = this.options;
    this.#database = await provideDatabase(databaseUrl);
    this.#fleet = new Fleet({ program: { main: program }, databaseUrl: this.#database.url, logs });
    this.#fleet.on((happening) => this.#hear(happening));
    for (let number = 1; number <= instances; number += 1) await this.#start(number);
  }

  /** Leaves no process, no port and no file behind. */
  async onApplicationShutdown(): Promise<void> {
    this.happenings$.complete();
    await (this.#fleet as Fleet | undefined)?.end();
    await this.#restart?.catch(() => {});
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
    const taken = this.cluster.instances.map(({ number }) => number);
    if (taken.length >= MOST_INSTANCES) {
      throw new ConflictException(
        `There are ${MOST_INSTANCES} instances, and more are not allowed.`,
      );
    }
    const free = Array.from({ length: MOST_INSTANCES }, (_, index) => index + 1);
    await this.#start(free.find((number) => !taken.includes(number)) ?? MOST_INSTANCES);
  }

  async restartServer(): Promise<void> {
    const { restart } = this.#database;
    if (!restart) throw new ConflictException('The PostgreSQL of DATABASE_URL is not restarted.');
    if (this.#restart) throw new ConflictException('PostgreSQL is being restarted already.');
    this.#tell({ type: 'server-stopping', at: monotonicNow() });
    this.#restart = restart();
    try {
      await this.#restart;
      this.#tell({ type: 'server-started', at: monotonicNow() });
    } finally {
      this.#restart = undefined;
    }
  }

  /**
   * @param instance a number, or `leader`
   * @throws NotFoundException where there is no such instance or action
   * @throws ConflictException where the action makes no sense at the moment
   */
  async act(instance: string, action: string): Promise<void> {
    const number = this.#numberOf(instance);
    const process = this.#fleet.instances.find((one) => one.number === number);
    if (action === 'remove') return this.#remove(number, process);
    if (action === 'start') {
      if (process) throw new ConflictException(`${nameOf(number)} is not gone.`);
      return this.#start(number);
    }
    if (!isAction(action)) {
      const known = [...Object.keys(ACTIONS), 'start', 'remove'].join(', ');
      throw new NotFoundException(`There is no action "${action}". There are ${known}.`);
    }
    if (!process) throw new ConflictException(`${nameOf(number)} is gone.`);
    if (action === 'cut-off' && !process.canBeCutOff) {
      const why = 'it goes over a Unix socket, or is encrypted';
      throw new ConflictException(`The connection to this PostgreSQL can’t be cut: ${why}.`);
    }
    const { can, run } = ACTIONS[action];
    if (!can(process)) {
      const state = process.isCutOff ? `${process.state}, and cut off` : process.state;
      throw new ConflictException(`${nameOf(number)} is ${state}: "${action}" can’t be done now.`);
    }
    await run(process);
  }

  #numberOf(instance: string): number {
    if (instance === 'leader') {
      const leader = reigning(this.cluster);
      if (!leader) throw new ConflictException('Nobody leads at the moment.');
      return leader.instance;
    }
    const numbers = this.cluster.instances.map(({ number }) => number);
    const number = numbers.find((one) => String(one) === instance);
    if (number !== undefined) return number;
    const known = numbers.join(', ') || 'none at the moment';
    throw new NotFoundException(`There is no instance "${instance}". There are: ${known}.`);
  }

  async #start(number: number): Promise<void> {
    const link = await linkTo(this.#database.url);
    this.#fleet.start({ number, ...(link && { link }) });
  }

  #remove(number: number, process: Instance | undefined): void {
    if (!process) return this.#tell({ type: 'removed', instance: number, at: monotonicNow() });
    this.#leaving.add(number);
    // One that can't hear, or can't reach the database to say goodbye, is not waited for.
    if (process.state === 'frozen' || process.isCutOff) process.kill();
    else process.stop();
  }

  #hear(happening: FleetHappening): void {
    const { instance, ...what } = happening;
    const { number } = instance;
    if (what.type === 'output') {
      if (this.options.logs) console.log(what.text.replace(/^/gm, `${nameOf(number)} │ `));
      return;
    }
    if (what.type === 'hook-ended' || what.type === 'memory') return;
    this.#tell({
      ...what,
      instance: number,
      ...(what.type === 'started' && { pid: instance.pid }),
    });
    if (what.type === 'gone' && this.#leaving.delete(number)) {
      this.#tell({ type: 'removed', instance: number, at: monotonicNow() });
    }
  }

  #tell(happening: Happening): void {
    this.cluster = reduce(this.cluster, happening);
    this.happenings$.next(happening);
  }
}
