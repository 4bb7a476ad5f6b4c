import { defaultTimings } from '../core/model/timings.js';
import type { Connection } from '../core/port/connection.js';
import { instanceOf, OUTSIDERS_NAME } from '../core/postgres/application-name.js';
import {
  DatabaseConnectionError,
  describeConnectionError,
} from '../core/postgres/connection.error.js';
import { Inspector } from '../core/postgres/inspector.js';
import { electionKeys, trialKey } from '../core/postgres/lock-key.js';
import { PostgresConnector } from '../core/postgres/postgres-connector.js';
import {
  NotPrimaryError,
  PoolerDetectedError,
  UnsupportedServerError,
} from '../core/postgres/preflight.error.js';
import { systemClock } from '../core/time/clock.js';
import type { Database } from './arguments.js';
import { CommandError } from './command-error.js';
import { collectReports } from './instance-reports.js';
import { printable } from './screen.js';

export interface CheckOptions {
  readonly election: string;
  readonly lockKey: bigint | undefined;
}

/** How long the server may take to tell something, in milliseconds. */
const PATIENCE = 5_000;

interface Item {
  readonly name: string;
  /** What is said of it when the connection has come further. */
  readonly passed?: string;
  /** Resolves with what was found. */
  check(trial: Trial): Promise<string>;
}

/** Two sessions as instances have them, and a lock of their own: no election is touched. */
interface Trial {
  readonly database: Database;
  readonly lock: bigint;
  first(): Promise<Connection>;
  second(): Promise<Connection>;
  /** What a statement came to; its error is told without secrets. */
  run<T>(statement: Promise<T>): Promise<T>;
  close(): Promise<void>;
}

export function openTrial(database: Database): Trial {
  const opened: Connection[] = [];
  const session = async (index: number): Promise<Connection> => {
    const existing = opened[index];
    if (existing) return existing;
    const connector = new PostgresConnector({
      // Called so, it is not taken for an instance that does not answer.
      connection: { ...database.config, application_name: OUTSIDERS_NAME },
      instanceId: 'check',
      pooler: database.pooler,
      timings: defaultTimings,
      clock: systemClock,
    });
    const connection = await connector.connect(new AbortController().signal);
    opened[index] = connection;
    return connection;
  };
  return {
    database,
    lock: trialKey(),
    first: () => session(0),
    second: () => session(1),
    run: async (statement) => {
      try {
        return await statement;
      } catch (error) {
        throw describeConnectionError(error, database.config);
      }
    },
    close: async () => {
      await Promise.all(opened.map((connection) => connection.end()));
    },
  };
}

/** In this order: each needs those before it. */
export function checkItems(options: CheckOptions): readonly Item[] {
  const connected = async (trial: Trial) => void (await trial.first());
  /** All of these are seen to when an instance connects. */
  const step = (name: string, passed: string): Item => ({
    name,
    passed,
    check: async (trial) => {
      await connected(trial);
      return passed;
    },
  });
  return [
    step('reachable', 'the server answers'),
    step('login', 'the role may log in to the database'),
    {
      ...step('path', 'the connection keeps its session of the server'),
      check: async (trial) => {
        await connected(trial);
        return trial.database.pooler === undefined
          ? 'no pooler stands in between'
          : 'through a pooler, which --pooler session says is in session mode';
      },
    },
    step('primary', 'the server is no standby'),
    step('version', 'the server can end silent sessions (PostgreSQL 14 or later)'),
    step('settings', `idle_session_timeout = ${defaultTimings.leaseDuration} ms was taken`),
    { name: 'sessions', check: trySecondSession },
    { name: 'locks', check: tryLocks },
    { name: 'terms', check: tryTerm },
    { name: 'announcements', check: tryAnnouncement },
    { name: 'termination', check: tryTermination },
    { name: 'key', check: (trial) => findHolder(trial, options) },
  ];
}

/** At which item an error of connecting belongs. */
export function itemOf(error: unknown): string | undefined {
  if (error instanceof PoolerDetectedError) return 'path';
  if (error instanceof NotPrimaryError) return 'primary';
  if (error instanceof UnsupportedServerError) {
    return { answers: 'reachable', version: 'version', settings: 'settings', locks: 'locks' }[
      error.lacks
    ];
  }
  // An SQLSTATE comes from a server, and one that refuses has been reached.
  const isRefusal = /^(?=.*\d)[0-9A-Z]{5}$/;
  return error instanceof DatabaseConnectionError && isRefusal.test(error.code ?? '')
    ? 'login'
    : undefined;
}

async function trySecondSession(trial: Trial): Promise<string> {
  await trial.second();
  return 'a second one can be had beside the first';
}

async function tryLocks(trial: Trial): Promise<string> {
  const { lock } = trial;
  const [first, second] = [await trial.first(), await trial.second()];
  const [granted] = await trial.run(first.tryLocks([{ lock }]));
  if (granted !== 'lock') throw new CommandError('A lock that nobody holds was not granted');
  const [holder] = await trial.run(first.holders([lock]));
  if (holder?.pid !== first.identity.pid) {
    throw new UnsupportedServerError(
      'A lock was granted but is not listed in pg_locks, so it excludes nobody; an election needs a real PostgreSQL server',
      'locks',
    );
  }
  const [taken] = await trial.run(second.tryLocks([{ lock }]));
  if (taken !== undefined) throw new CommandError('A lock was granted to two sessions at a time');
  return 'a granted lock is listed in pg_locks, and granted to nobody else';
}

async function tryTerm(trial: Trial): Promise<string> {
  const [term] = await trial.run((await trial.first()).drawTerms([trial.lock]));
  return `term ${term} was drawn`;
}

async function tryAnnouncement(trial: Trial): Promise<string> {
  const [first, second] = [await trial.first(), await trial.second()];
  const heard = new Promise<void>((resolve) => {
    first.onAnnouncement((announcement, sender) => {
      const ours = announcement.type === 'acquired' && announcement.key === trial.lock;
      if (ours && sender === second.identity.pid) resolve();
    });
  });
  // Of a lock that no election has: nobody else minds.
  await trial.run(second.announce([{ type: 'acquired', key: trial.lock, instanceId: 'check' }]));
  await inTime(heard, 'A notification (NOTIFY) from another session did not arrive');
  return 'a notification (NOTIFY) arrives from another session';
}

async function tryTermination(trial: Trial): Promise<string> {
  if (trial.database.pooler !== undefined)
    return 'the pooler ends or resets lost sessions by itself';
  const [first, second] = [await trial.first(), await trial.second()];
  const ended = new Promise<void>((resolve) => {
    second.onClose(() => {
      resolve();
    });
  });
  await trial.run(first.terminate(second.identity));
  await inTime(
    ended,
    'The role may not end its own earlier sessions (pg_terminate_backend), so an instance that comes back has to wait for ' +
      'the lease of its own dead session',
  );
  return 'the role may end its own earlier sessions';
}

/** Nobody may hold the election's lock but instances of this library, unless it is shared on purpose. */
async function findHolder(
  { database }: Trial,
  { election, lockKey }: CheckOptions,
): Promise<string> {
  const { lock } = electionKeys(election, lockKey);
  const inspector = await Inspector.open(database.config, database.pooler);
  try {
    const what = lockKey === undefined ? `the key of "${election}" (${lock})` : `the key ${lock}`;
    const held = (await inspector.heldLocks([lock])).find(({ key }) => key === lock);
    if (!held) return `nobody holds ${what}`;
    const { applicationName, pid } = held;
    const instanceId =
      (await collectReports(inspector)).get(pid)?.instanceId ?? instanceOf(applicationName);
    if (instanceId !== undefined) return `${printable(instanceId)} holds ${what}`;
    const holder = `another application ("${printable(applicationName ?? '')}", process ${pid} of the server)`;
    if (lockKey !== undefined) return `${holder} holds ${what}: an elector written elsewhere?`;
    throw new CommandError(
      `${holder} holds ${what}, so no instance can lead; end it, or give the election another name or lockKey`,
    );
  } finally {
    await inspector.close();
  }
}

async function inTime(event: Promise<void>, complaint: string): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const timeUp = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => {
      reject(new CommandError(`${complaint} (waited ${PATIENCE} ms)`));
    }, PATIENCE);
  });
  try {
    await Promise.race([event, timeUp]);
  } finally {
    clearTimeout(timer);
  }
}
