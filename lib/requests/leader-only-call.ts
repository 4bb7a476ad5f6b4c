import type { Leadership } from '../core/model/leadership.js';
import type { RegisteredElection } from '../leader-election.registry.js';

/**
 * A call of leader-only code, and the term that it belongs to.
 *
 * @internal
 */
export interface LeaderOnlyCall {
  readonly election: RegisteredElection;
  readonly leadership: Leadership;
  /** What was called, as `Class.method`. */
  readonly called: string;
}
