import type { Random } from './backoff.js';
import type { Clock } from './clock.js';
import type { ElectionKeys } from './connection.js';
import type { Duties } from './duties.js';
import type { ElectionLogger } from './logger.js';
import type { Timings } from './timings.js';
import type { LeaderInfo } from './attendance.js';
import type { Takeover } from './takeover-mode.js';

/**
 * What one instance brings to an election.
 *
 * @internal
 */
export interface ElectionSetup {
  readonly name: string;
  readonly keys: ElectionKeys;
  /** False: observe, never lead. */
  readonly candidate: boolean;
  /** This instance, as it introduces itself when it leads. */
  readonly self: LeaderInfo;
  readonly takeover: Takeover;
  /** Whether electors written elsewhere may contend for the same key. */
  readonly sharesKey?: boolean;
  readonly timings: Timings;
  readonly duties: Duties;
  readonly logger: ElectionLogger;
  readonly clock: Clock;
  readonly random: Random;
}
