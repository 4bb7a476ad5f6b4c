import type { Takeover } from '../model/takeover.js';
import type { ServerFacts } from '../port/server-history.js';

/** What an instance knows before it acquires the lock. Moments are in milliseconds of its monotonic clock. */
export interface OwnSituation {
  readonly renewDeadline: number;
  readonly server: ServerFacts;
  /**
   * When the answer to the session set-up arrived, which reported the server's facts. Not when the request was sent: a
   * slow set-up would make the start of the server look that much older.
   */
  readonly connectedAt: number;
  /** When this instance lost its previous session, if any. */
  readonly lostAt: number | undefined;
}

/** The input of the takeover rule. */
export interface TakeoverSituation extends OwnSituation {
  readonly takeover: Takeover;
  readonly acquiredAt: number;
}

/**
 * The fraction by which the rates of two clocks may differ. Oscillators deviate by less than 0.01 %, and time services
 * adjust the rate by up to 0.05 %. The rest is a margin for worse clocks, and for timers that fire a millisecond early.
 */
export const CLOCK_TOLERANCE = 0.02;

/**
 * Returns the moment from which the holder of the lock may lead. It does not apply if the holder has witnessed a
 * resignation: the leader that resigned had already waited for everything before it.
 *
 * A lock can vanish while its holder still trusts its lease, for up to `renewDeadline`. This happens when the server
 * itself goes away (restart, crash, failover): then sessions end without an orderly close that their clients could see.
 * So a new leader waits until `renewDeadline` has passed since the last moment at which this can have happened.
 */
export function mayLeadFrom(situation: TakeoverSituation): number {
  const { takeover, renewDeadline, server, connectedAt, acquiredAt } = situation;
  const longestTrust = longestTrustOf(renewDeadline);
  const vanished = [connectedAt - server.uptime, ...ownReasons(situation)];
  if (takeover === 'strict') vanished.push(acquiredAt);
  return Math.max(...vanished) + longestTrust;
}

/**
 * Returns the moment from which an instance without the lock has no reason of its own to wait. Until then, other
 * instances may be able to lead at once, so it leaves the lock to them. -Infinity if all instances have to wait equally
 * long.
 */
export function mayContendFrom(situation: OwnSituation): number {
  const { renewDeadline, server, connectedAt } = situation;
  const own = Math.max(...ownReasons(situation));
  return own > connectedAt - server.uptime ? own + longestTrustOf(renewDeadline) : -Infinity;
}

/** The latest moments at which only this instance may have missed a change of leader. */
function ownReasons({ renewDeadline, server, connectedAt, lostAt }: OwnSituation): number[] {
  const reasons = lostAt === undefined ? [] : [lostAt];
  if (server.replayed && !isOlder(server.checkpointAge, longestTrustOf(renewDeadline)))
    reasons.push(connectedAt);
  return reasons;
}

/** The longest time for which a predecessor may trust its lease, which it measures with its own clock. */
function longestTrustOf(renewDeadline: number): number {
  return renewDeadline * (1 + CLOCK_TOLERANCE);
}

/** The server stores checkpoint times in whole seconds. */
const CHECKPOINT_PRECISION = 1_000;

/**
 * Whether a promotion or recovery is older than `longestTrust`: it happened before the first checkpoint that follows
 * it.
 */
function isOlder(checkpointAge: number | undefined, longestTrust: number): boolean {
  return checkpointAge !== undefined && checkpointAge - CHECKPOINT_PRECISION > longestTrust;
}
