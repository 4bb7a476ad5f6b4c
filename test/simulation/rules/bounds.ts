/**
 * What the rules hold an instance to, in virtual milliseconds, and from where each bound comes. The one place for all of them.
 */
import { CLOCK_TOLERANCE } from '../../../lib/core/election/takeover-rule.js';
import type { Latency } from '../network/path.js';
import { timings } from '../timings.js';
import type { Takeover } from '../../../lib/core/model/takeover.js';

const { heirInterval, leaseDuration, renewDeadline, reserveInterval, retryInterval } = timings;

/** The longest that a predecessor trusts itself, by a clock that may be slower. */
export const longestTrust = renewDeadline * (1 + CLOCK_TOLERANCE);

/** What two tries of a standby lie apart at the most (± 20 %), with a timer that is late. */
export const longestRetry = retryInterval * 1.2 + 10;

/** An instance is well again so long after a fault is over: TCP has sent again, and a heartbeat was answered. */
export const RECOVERY = 4_500;

/** How long a round trip takes at the most, where none is slow. */
export function roundTrip({ usual, slow, slowShare }: Latency): number {
  return 2 * (slowShare > 0 ? Math.max(usual, slow) : usual) + 2;
}

/** Longer round trips than this can end a session, delay anything, and show nothing: where they occur, few rules hold. */
export const LONGEST_ROUND_TRIP = 60;

// --- handing over ------------------------------------------------------------------------------------------------------

/**
 * How soon another leads after a lock has become free, while a candidate is well that has no reason of its own to wait: the
 * next try of a standby, the drawing of the term, and what may be under way before them. With `strict` whoever holds the lock
 * waits until no predecessor can trust itself. With `spread`, all let one go first for a while.
 */
export function vacancyBound(takeover: Takeover, latency: Latency, spread: boolean): number {
  return (
    longestRetry +
    8 * roundTrip(latency) +
    200 +
    (takeover === 'strict' ? longestTrust : 0) +
    (spread ? retryInterval : 0)
  );
}

/** The same where the lock was given back, and the candidate heard it: it tries within `heirInterval`, and nobody waits. */
export function handOverBound(latency: Latency, spread: boolean): number {
  return heirInterval + 8 * roundTrip(latency) + 200 + (spread ? retryInterval : 0);
}

/** From the end of the duties to the release of the lock: nothing may keep it waiting for more than one statement. */
export function releaseBound(latency: Latency): number {
  return 6 * roundTrip(latency) + 100;
}

/** A term lasts so long before a request ends it (docs/decisions/spread.md), whatever the machine's clock says of it. */
export const SHORTEST_TERM = Math.min(retryInterval, 2_000) * (1 - CLOCK_TOLERANCE);

/**
 * How soon a fleet has settled after everything has been calm for a while: a few rounds, in each of which an instance waits for
 * those that it has asked, and a leader for the end of the time for which it keeps what it has just been given.
 */
export const balanceBound = 10 * retryInterval;

// --- places --------------------------------------------------------------------------------------------------------------

/** A look of an instance in reserve: a second, the statements before and after it, and the goodbye. */
export function lookBound(latency: Latency): number {
  return 1_000 + 10 * roundTrip(latency) + 200;
}

/** How soon a place is taken that has become free: with the next look, after the pause of one that did not succeed. */
export function refillBound(latency: Latency): number {
  return (reserveInterval + 5_000) * (1 + CLOCK_TOLERANCE) + lookBound(latency);
}

// --- catching up -------------------------------------------------------------------------------------------------------

/** By what a moment may be off on a machine with exact clocks: timers are late by a millisecond. */
export const TIMER = 5;

/**
 * A tick that a leader ran is not run again if the leader was alive for so long afterwards: it shows life again after
 * `heirInterval`, and a standby looks at it until it has seen that, at growing distances (docs/catching-up.md). Where the
 * activity of others is hidden, a session that holds its lock has sent something within `leaseDuration`, and standbys look at
 * it every `retryInterval`.
 */
export function catchUpWindow(latency: Latency, hidesActivity: boolean): number {
  const window = hidesActivity ? leaseDuration + retryInterval : 4 * heirInterval;
  return window + 5 * roundTrip(latency) + 20;
}

/** A candidate that has been well for so long has looked at whoever leads, and heard what that one said. */
export const ACQUAINTANCE = 1_000;

// --- costs -------------------------------------------------------------------------------------------------------------

/** So many at once, and so many a second from then on. */
export interface Budget {
  readonly burst: number;
  readonly rate: number;
}

/** What an instance may send, each kind for itself. Those of transactions are the application's. */
export type Cost =
  'connect' | 'heartbeat' | 'try as heir' | 'try as standby' | 'look' | 'senders' | 'announce';

export interface Fleet {
  readonly elections: number;
  /** Ticks of each election's job in a second. */
  readonly ticks: number;
  readonly hidesActivity: boolean;
  readonly spread: boolean;
  /** Whether instances without a place look in. */
  readonly hasReserve: boolean;
}

/** Tries in a second; timers may be early by a moment, and an heir of one election may be a standby of another. */
const heirsRate = (1_000 / heirInterval) * 1.1;
const standbysRate = 1_000 / (retryInterval * 0.8);

/**
 * While nothing has happened for a while. A try and a look are made for all elections at once, but their rhythms may differ
 * for a while.
 */
export function calmBudgets({
  elections,
  hasReserve,
  hidesActivity,
  spread,
  ticks,
}: Fleet): Record<Cost, Budget> {
  const each = elections * ticks;
  // One after each tick shows that the leader lives; a few, where that has not arrived yet, or its clock is slow.
  const looksPerTick = 4;
  // A holder that still waits for its predecessor shows no life of a leader: it is looked at at growing distances until it leads.
  const looksWhileOneWaits =
    Math.ceil(Math.log2(retryInterval / heirInterval)) + Math.ceil(longestTrust / retryInterval);
  // Where the activity is hidden, a look shows only that the leader has lived within the lease: then they go on.
  const hiddenLooks = hidesActivity && ticks > 0 ? 1.2 * elections * (1_000 / retryInterval) : 0;
  return {
    // The first look comes at any time within the interval, others when most of it is over.
    connect: hasReserve
      ? { burst: 2, rate: 1_000 / (0.8 * reserveInterval) }
      : { burst: 0, rate: 0 },
    // Each second (`heartbeatInterval`), with each tick, and between the statements of long transactions.
    heartbeat: { burst: 4 + elections, rate: 1.1 + 2 * each + elections },
    // Whoever learns of a leader tries once more.
    'try as heir': { burst: 3 + 2 * elections, rate: heirsRate + standbysRate },
    'try as standby': { burst: 2 + 2 * elections, rate: standbysRate },
    look: {
      burst: 2 + (looksPerTick + looksWhileOneWaits) * elections + (hasReserve ? 8 : 0),
      rate: looksPerTick * each + hiddenLooks,
    },
    // What has waited behind a long transaction: one look under way and one more. Whoever lacks elections asks for them again.
    senders: { burst: spread ? 10 : 2, rate: 0 },
    // What has waited behind a long transaction: also that others of its elections have been led since then.
    // And the question and the answer of those that look in.
    announce: { burst: 2 + elections + (hasReserve ? 20 : 0), rate: 0 },
  };
}

/** Whatever happens: faults, and floods of messages. What anybody may cause is done four times a second, or less often. */
export function budgets({ elections, ticks }: Fleet): Record<Cost, Budget> {
  const each = elections * ticks;
  return {
    connect: { burst: 12, rate: 0.5 },
    heartbeat: { burst: 20, rate: 2 + 2 * each + elections },
    'try as heir': { burst: 10 + 5 * elections, rate: heirsRate + standbysRate + 1 },
    'try as standby': { burst: 10 + 5 * elections, rate: standbysRate + 1 },
    look: { burst: 10 + 5 * elections, rate: 5 + 2 * each },
    senders: { burst: 5 + 2 * elections, rate: 5 },
    announce: { burst: 15 + 5 * elections, rate: 5 },
  };
}
