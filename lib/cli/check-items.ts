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

/** How long an expected event may take, in milliseconds. */
const PATIENCE = 5_000;

export interface Item<T = Trial> {
  readonly name: string;
  /** The result if the connection failed at a later item. */
  readonly passes?: string;
  /** Resolves with the result. */
  check(trial: T): Promise<string>;
}

/** Two sessions like those of instances, and a lock that no election uses. */
interface Trial {
  readonly database: Database;
  readonly lock: bigint;
  first(): Promise<Connection>;
  second(): Promise<Connection>;
  /** Settles like the statement; its error contains no secrets. */
  run<T>(statement: Promise<T>): Promise<T>;
  close(): Promise<void>;
}

export function openTrial(database: Database): Trial {
  const opened: Connection[] = [];
  const session = async (index: number): Promise<Connection> => {
    const existing = opened[index];
    if (existing) return existing;
    const connector = new PostgresConnector({
      // With this name, it is not listed as an instance that does not answer.
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

/** Each item requires the ones before it. */
export function checkItems(options: CheckOptions): readonly Item[] {
  const connected = async (trial: Trial) => void (await trial.first());
  /** Connecting includes all of these. */
  const step = (name: string, passes: string): Item => ({
    name,
    passes,
    check: async (trial) => {
      await connected(trial);
      return passes;
    },
  });
  return [
    step('reachable', 'the server responds'),
    step('login', 'the role can log in to the database'),
    {
      ...step('path', 'the connection keeps its server session'),
      check: async (trial) => {
        await connected(trial);
        return trial.database.pooler === undefined
          ? 'direct connection, no pooler'
          : 'a pooler in session mode is allowed (--pooler session)';
      },
    },
    step('primary', 'the server is not a standby'),
    step('version', 'PostgreSQL 14 or later, which can end idle sessions'),
    step(
      'settings',
      `the server accepts idle_session_timeout = ${defaultTimings.leaseDuration} ms`,
    ),
    { name: 'sessions', check: trySecondSession },
    { name: 'locks', check: tryLocks },
    { name: 'terms', check: tryTerm },
    { name: 'announcements', check: tryAnnouncement },
    { name: 'termination', check: tryTermination },
    { name: 'key', check: (trial) => findHolder(trial, options) },
  ];
}

/** The item at which connecting failed. */
export function itemOf(error: unknown): string | undefined {
  if (error instanceof PoolerDetectedError) return 'path';
  if (error instanceof NotPrimaryError) return 'primary';
  if (error instanceof UnsupportedServerError) {
    return { answers: 'reachable', version: 'version', settings: 'settings', locks: 'locks' }[
      error.lacks
    ];
  }
  // An SQLSTATE comes from the server, so it was reached.
  const isRefusal = /^(?=.*\d)[0-9A-Z]{5}$/;
  return error instanceof DatabaseConnectionError && isRefusal.test(error.code ?? '')
    ? 'login'
    : undefined;
}

async function trySecondSession(trial: Trial): Promise<string> {
  await trial.second();
  return 'the role can open a second session';
}

async function tryLocks(trial: Trial): Promise<string> {
  const { lock } = trial;
  const [first, second] = [await trial.first(), await trial.second()];
  const [granted] = await trial.run(first.tryLocks([{ lock }]));
  if (granted !== 'lock') throw new CommandError('A free lock was not granted');
  const [holder] = await trial.run(first.holders([lock]));
  if (holder?.pid !== first.identity.pid) {
    throw new UnsupportedServerError(
      'A granted lock is not listed in pg_locks, so it excludes no other session; an election needs a real PostgreSQL server',
      'locks',
    );
  }
  const [taken] = await trial.run(second.tryLocks([{ lock }]));
  if (taken !== undefined) throw new CommandError('A lock was granted to two sessions at once');
  return 'a held lock is listed in pg_locks and excludes others';
}

async function tryTerm(trial: Trial): Promise<string> {
  const [term] = await trial.run((await trial.first()).drawTerms([trial.lock]));
  return `the server assigned term ${term}`;
}

async function tryAnnouncement(trial: Trial): Promise<string> {
  const [first, second] = [await trial.first(), await trial.second()];
  const heard = new Promise<void>((resolve) => {
    first.onAnnouncement((announcement, sender) => {
      const ours = announcement.type === 'acquired' && announcement.key === trial.lock;
      if (ours && sender === second.identity.pid) resolve();
    });
  });
  // No election uses this lock, so other instances ignore it.
  await trial.run(second.announce([{ type: 'acquired', key: trial.lock, instanceId: 'check' }]));
  await inTime(heard, 'A notification (NOTIFY) from another session did not arrive');
  return 'notifications (NOTIFY) arrive from another session';
}

async function tryTermination(trial: Trial): Promise<string> {
  if (trial.database.pooler !== undefined)
    return 'not needed: the pooler ends or resets lost sessions';
  const [first, second] = [await trial.first(), await trial.second()];
  const ended = new Promise<void>((resolve) => {
    second.onClose(() => {
      resolve();
    });
  });
  await trial.run(first.terminate(second.identity));
  await inTime(
    ended,
    'The role cannot terminate its own sessions (pg_terminate_backend), so an instance that reconnects has to wait until ' +
      'the server ends its dead session',
  );
  return 'the role can terminate its own sessions';
}

/** Only instances of this library may hold the election's lock, unless its key is shared on purpose (`--lock-key`). */
async function findHolder(
  { database }: Trial,
  { election, lockKey }: CheckOptions,
): Promise<string> {
  const { lock } = electionKeys(election, lockKey);
  const inspector = await Inspector.open(database.config, database.pooler);
  try {
    const what =
      lockKey === undefined
        ? `the lock of "${printable(election)}" (key ${lock})`
        : `the lock with key ${lock}`;
    const held = (await inspector.heldLocks([lock])).find(({ key }) => key === lock);
    if (!held) return `${what} is free`;
    const { applicationName, pid } = held;
    const instanceId =
      (await collectReports(inspector)).get(pid)?.instanceId ?? instanceOf(applicationName);
    if (instanceId !== undefined) return `${printable(instanceId)} holds ${what}`;
    const holder = `another application ("${printable(applicationName ?? '')}", server process ${pid})`;
    if (lockKey !== undefined)
      return `${holder} holds ${what}; expected if it takes part in the election`;
    throw new CommandError(
      `${holder} holds ${what}, so no instance can lead; stop it, or change the election's name or lock key`,
    );
  } finally {
    await inspector.close();
  }
}

async function inTime(event: Promise<void>, message: string): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const timeUp = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => {
      reject(new CommandError(`${message} (waited ${PATIENCE} ms)`));
    }, PATIENCE);
  });
  try {
    await Promise.race([event, timeUp]);
  } finally {
    clearTimeout(timer);
  }
}
