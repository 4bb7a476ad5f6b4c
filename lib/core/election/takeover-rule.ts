import type { Takeover } from '../model/takeover.js';
import type { ServerFacts } from '../port/server-history.js';

/** What an instance knows before it holds the lock. Moments are in milliseconds of its monotonic clock. */
export interface OwnSituation {
  readonly renewDeadline: number;
  readonly server: ServerFacts;
  /**
   * When the answer to this session's setup, which told the server's facts, had come. Not when it was sent: a setup that
   * was long on its way would make the server's start look that much older.
   */
  readonly connectedAt: number;
  /** When this instance lost its previous session, if it had one. */
  readonly lostAt: number | undefined;
}

/** What the rule looks at. */
export interface TakeoverSituation extends OwnSituation {
  readonly takeover: Takeover;
  readonly acquiredAt: number;
}

/**
 * By what share two clocks may differ in what they count. Oscillators are off by less than 0.01 %, and time services bend
 * clocks by up to 0.05 %; the rest is for those that do worse, and for timers, which may be early by a millisecond.
 */
export const CLOCK_TOLERANCE = 0.02;

/**
 * The moment from which the holder of the lock may lead, unless it has witnessed a resignation: whoever led and gave the lock back
 * had waited for all that came before.
 *
 * A lock can vanish while its holder still trusts itself, for up to `renewDeadline`: when the server itself went (a
 * restart, a crash, a failover), no session was closed in an order that anybody could see. So a new leader waits until
 * `renewDeadline` has passed since anything of that kind can have happened.
 */
export function mayLeadFrom(situation: TakeoverSituation): number {
  const { takeover, renewDeadline, server, connectedAt, acquiredAt } = situation;
  const longestTrust = longestTrustOf(renewDeadline);
  const vanished = [connectedAt - server.uptime, ...ownReasons(situation)];
  if (takeover === 'strict') vanished.push(acquiredAt);
  return Math.max(...vanished) + longestTrust;
}

/**
 * The moment from which an instance that does not hold the lock has no reason of its own to wait. Until then others may
 * lead at once where it could not, so it lets them have the lock. -Infinity where all have to wait as long.
 */
export function mayContendFrom(situation: OwnSituation): number {
  const { renewDeadline, server, connectedAt } = situation;
  const own = Math.max(...ownReasons(situation));
  return own > connectedAt - server.uptime ? own + longestTrustOf(renewDeadline) : -Infinity;
}

/** When a leader may have come or gone that this instance alone could not see. */
function ownReasons({ renewDeadline, server, connectedAt, lostAt }: OwnSituation): number[] {
  const reasons = lostAt === undefined ? [] : [lostAt];
  if (server.replayed && !isOlder(server.checkpointAge, longestTrustOf(renewDeadline)))
    reasons.push(connectedAt);
  return reasons;
}

/** A predecessor counts its deadline on a clock of its own. */
function longestTrustOf(renewDeadline: number): number {
  return renewDeadline * (1 + CLOCK_TOLERANCE);
}

/** The server keeps the time of its checkpoints in whole seconds. */
const CHECKPOINT_PRECISION = 1_000;

/** A promotion or a recovery is older than the first checkpoint after it. */
function isOlder(checkpointAge: number | undefined, longestTrust: number): boolean {
  return checkpointAge !== undefined && checkpointAge - CHECKPOINT_PRECISION > longestTrust;
}
