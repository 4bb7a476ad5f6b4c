import { afterEach } from '@jest/globals';
import { createElections } from '../../lib/core/create-elections.js';
import { createEnvironment } from '../../lib/core/environment.js';
import type { Election } from '../../lib/core/election/election.js';
import type { Connection, Connector } from '../../lib/core/port/connection.js';
import { resolveOptions } from '../../lib/core/resolve-options.js';
import { fastTimings } from './fast-timings.js';
import { idleDuties } from './idle-duties.js';
import { endSession } from './sessions.js';
import type { TestDatabase } from './database.js';

/** What an instance has asked the server: the names of the port's methods. */
export type Asked = keyof Connection;

export interface FleetOptions {
  readonly database: TestDatabase;
  readonly elections: readonly string[];
  readonly spread?: boolean;
}

/** One instance with several elections in this process. */
export class Member {
  readonly elections: readonly Election[];
  /** The statements that it has sent, in order. */
  readonly asked: Asked[] = [];
  readonly #stop = new AbortController();
  readonly #ended: Promise<void>;
  #mayConnect = true;

  constructor(
    readonly name: string,
    readonly options: FleetOptions,
  ) {
    const { database, elections, spread = true } = options;
    const resolved = resolveOptions(
      { ...fastTimings, retryInterval: 800, connection: database.url, instanceId: name, spread },
      { elections, others: [] },
    );
    const environment = createEnvironment(resolved);
    const silent = () => undefined;
    const assembly = createElections(
      resolved,
      { log: silent, warn: silent, error: silent },
      () => idleDuties,
      { ...environment, connector: this.#watching(environment.connector) },
    );
    this.elections = assembly.elections;
    this.#ended = assembly.instance.run(this.#stop.signal);
  }

  get led(): readonly string[] {
    return this.elections.flatMap(({ isLeader, name }) => (isLeader ? name : []));
  }

  async stop(): Promise<void> {
    this.#stop.abort();
    await this.#ended;
  }

  /** Its session ends at the server as that of a process that is killed, and it does not come back. */
  async die(): Promise<void> {
    this.#mayConnect = false;
    await endSession(this.options.database, this.name);
  }

  #watching(connector: Connector): Connector {
    return {
      connect: async (signal) => {
        if (!this.#mayConnect) throw new Error('This instance has died');
        const connection = await connector.connect(signal);
        return new Proxy(connection, {
          get: (target, name: Asked) => {
            const found: unknown = Reflect.get(target, name, target);
            if (typeof found !== 'function') return found;
            return (...given: unknown[]): unknown => {
              this.asked.push(name);
              return Reflect.apply(found, target, given);
            };
          },
        });
      },
    };
  }
}

const running: Member[] = [];
afterEach(async () => {
  await Promise.all(running.splice(0).map((member) => member.stop()));
});

/** Starts an instance, which ends with the test. */
export function join(name: string, options: FleetOptions): Member {
  const member = new Member(name, options);
  running.push(member);
  return member;
}
