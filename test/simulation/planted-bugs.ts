import type { Connection } from '../../lib/core/port/connection.js';
import { HolderWatch, type Resignation } from '../../lib/core/election/holder-watch.js';
import { LeaderLiveness } from '../../lib/core/election/leader-liveness.js';
import { Reserve } from '../../lib/core/fleet/reserve.js';
import { Lease } from '../../lib/core/session/lease.js';
import { Rebalancer } from '../../lib/core/fleet/rebalancer.js';
import { Session } from '../../lib/core/session/session.js';
import { SharedStatements } from '../../lib/core/session/shared-statements.js';
import type { Timings } from '../../lib/core/model/timings.js';
import { timings } from './timings.js';
import { TransactionError } from '../../lib/core/session/open-transaction.js';
import { TermLeadership } from '../../lib/core/election/term.js';
import { aborted } from '../../lib/core/time/wait.js';
import type { Notification } from './server/backend.js';
import { SimulatedServer } from './server/simulated-server.js';
import type { Granted } from '../../lib/core/port/locks.js';

/** A mistake made on purpose, to see that the simulation finds it. The library itself knows nothing of them. */
export interface PlantedBug {
  /** What an election sees of the timings, and may make of it that its instance holds the lock. */
  readonly electionTimings?: (holdsLock: () => boolean) => Timings;
  /** Whether `stop` of the duties says that they have ended when they have not. */
  readonly stopsWithoutWaiting?: boolean;
  /** Changes the library for the time of a run; the returned function changes it back. */
  plant?(): () => void;
}

/** A leader's trust is ended by a timer alone, so whoever was frozen still believes in it. */
const noCheckAtTheRead: PlantedBug = {
  plant: () =>
    replace(Lease.prototype, 'isConfirmed', () => ({ configurable: true, get: () => true })),
};

/** The lock is released while duties are still being stopped. */
const releaseBeforeDraining: PlantedBug = { stopsWithoutWaiting: true };

/** A try that was not answered in time is given up, and its session used on; the lock may have been granted. */
const sessionReusedAfterTimeout: PlantedBug = {
  plant: () =>
    replaceMethod<Session>(Session.prototype, 'run', function (run, statement) {
      const given = statement as (connection: Connection) => Promise<unknown>;
      return run.call(this, (connection: Connection) => given(impatient(connection, this)));
    }),
};

/** Trust runs from the answer instead of from the sending of what was answered. */
const trustFromTheAnswer: PlantedBug = {
  plant: () =>
    replaceMethod<Lease>(Lease.prototype, 'confirm', function (confirm) {
      return confirm.call(this, this.clock.now());
    }),
};

/** Whoever gets the lock leads at once. */
const noTakeoverWait: PlantedBug = {
  electionTimings: () => ({ ...timings, renewDeadline: -Infinity }),
};

/** A commit whose answer was lost is taken for one that did not happen. */
const lostCommitTakenForRollback: PlantedBug = {
  plant: () =>
    replaceMethod<TermLeadership>(
      TermLeadership.prototype,
      'transaction',
      async function (transaction, work) {
        try {
          return await transaction.call(this, work);
        } catch (error) {
          if (!(error instanceof TransactionError)) throw error;
          throw new TransactionError(error.message, 'rolled back');
        }
      },
    ),
};

/** What a former leader knows of its own leadership is taken for what it knows of the next leader's. */
const pastTakenForAnothers: PlantedBug = {
  plant: () =>
    replaceMethod<LeaderLiveness>(LeaderLiveness.prototype, 'saw', function (saw, pid, sighting) {
      if (this.seenAt === undefined) saw.call(this, pid, sighting);
    }),
};

/** A resignation counts, whoever claimed the lock after it. */
const claimsForgotten: PlantedBug = {
  plant: () =>
    replace(HolderWatch.prototype, 'resignation', (original) => ({
      configurable: true,
      get(this: HolderWatch) {
        const resignation = original.get?.call(this) as Resignation | undefined;
        return resignation && { ...resignation, claimants: new Map(), overflowed: false };
      },
    })),
};

/** A resignation counts, whoever has sent it: not only of the process that was seen to hold the lock. */
const anySenderResigns: PlantedBug = {
  plant: () =>
    replaceMethod<HolderWatch>(HolderWatch.prototype, 'onResigned', function (onResigned, pid) {
      const isHolder = this.isHolder(pid as number);
      const restore = replaceMethod(HolderWatch.prototype, 'isHolder', () => true);
      try {
        // It changes only what is known when the lock has been acquired.
        return (onResigned.call(this, pid) as boolean) && isHolder;
      } finally {
        restore();
      }
    }),
};

/** A term that was drawn for one election is taken for others that begin soon after it. */
const termUsedAgain: PlantedBug = {
  plant: () => {
    const drawn = new WeakMap<SharedStatements, unknown>();
    return replaceMethod<SharedStatements>(
      SharedStatements.prototype,
      'drawTerm',
      async function (drawTerm, ...draw) {
        const term = drawn.get(this) ?? (await drawTerm.call(this, ...draw));
        drawn.set(this, term);
        return term;
      },
    );
  },
};

/** Nobody hands anything over. */
const nothingHandedOver: PlantedBug = {
  plant: () => replaceMethod<Rebalancer>(Rebalancer.prototype, 'handOver', () => Promise.resolve()),
};

/** Whoever finds no place stays connected, and contends, all the same. */
const contendsWithoutPlace: PlantedBug = {
  plant: () =>
    replaceMethod<Reserve>(Reserve.prototype, 'admit', async function (admit, ...args) {
      await admit.apply(this, args);
      return true;
    }),
};

/** Whoever is in reserve does not look in again. */
const looksInOnce: PlantedBug = {
  plant: () =>
    replaceMethod<Reserve>(Reserve.prototype, 'rest', (_rest, _isFirst, stop) =>
      aborted(stop as AbortSignal),
    ),
};

/** Messages of a later version, which have fields that this one does not know, are ignored as a whole. */
const newFieldsRefused: PlantedBug = {
  plant: () =>
    replaceMethod<SimulatedServer>(
      SimulatedServer.prototype,
      'publish',
      function (publish, notification) {
        if (!(notification as Notification).payload.includes('"zone"'))
          publish.call(this, notification);
      },
    ),
};

export const plantedBugs = {
  noCheckAtTheRead,
  releaseBeforeDraining,
  sessionReusedAfterTimeout,
  trustFromTheAnswer,
  noTakeoverWait,
  lostCommitTakenForRollback,
  pastTakenForAnothers,
  claimsForgotten,
  anySenderResigns,
  termUsedAgain,
  nothingHandedOver,
  contendsWithoutPlace,
  looksInOnce,
  newFieldsRefused,
};

type Method<T> = (this: T, ...args: unknown[]) => unknown;

function replaceMethod<T>(
  target: object,
  name: string,
  by: (this: T, original: Method<T>, ...args: unknown[]) => unknown,
): () => void {
  return replace(target, name, ({ value: original }) => ({
    configurable: true,
    value(this: T, ...args: unknown[]) {
      return by.call(this, original as Method<T>, ...args);
    },
  }));
}

function replace(
  target: object,
  name: string,
  by: (original: PropertyDescriptor) => PropertyDescriptor,
): () => void {
  const original = Object.getOwnPropertyDescriptor(target, name);
  if (!original) throw new Error(`There is no ${name} to replace`);
  Object.defineProperty(target, name, by(original));
  return () => {
    Object.defineProperty(target, name, original);
  };
}

/** The connection, except that a try gets less time than the server gives it. */
function impatient(connection: Connection, { clock }: Session): Connection {
  return new Proxy(connection, {
    get(target, property) {
      const member: unknown = Reflect.get(target, property);
      if (property === 'tryLocks') {
        return (tries: Parameters<Connection['tryLocks']>[0]) =>
          new Promise<Granted[]>((resolve, reject) => {
            clock.after(timings.heartbeatInterval, () => {
              resolve(tries.map(() => undefined));
            });
            target.tryLocks(tries).then(resolve, reject);
          });
      }
      return typeof member === 'function' ? (member.bind(target) as unknown) : member;
    },
  });
}
