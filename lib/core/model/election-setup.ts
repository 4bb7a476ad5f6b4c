import type { Random } from '../time/jitter.js';
import type { Clock } from '../time/clock.js';
import type { ElectionKeys } from './connection.js';
import type { Duties } from './duties.js';
import type { ElectionLogger } from '../common/logger.js';
import type { Timings } from './timings.js';
import type { LeaderInfo } from './instance-report.js';
import type { Takeover } from './takeover.js';

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
