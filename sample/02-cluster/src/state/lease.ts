import type { ClusterTimings } from '../timings.js';
import type { Instance } from './instances.js';

/** What is left of a leader's lease, in milliseconds. */
export interface LeaseLeft {
  /** Until its lease is unconfirmed: from then on it may not act. */
  readonly trust: number;
  /** Until PostgreSQL ends its silent session, which frees the lock. */
  readonly lease: number;
}

/** Undefined for an instance that does not lead, as far as it knows. */
export function leaseLeft(
  { term, confirmedAt }: Instance,
  { renewDeadline, leaseDuration }: ClusterTimings,
  now: number,
): LeaseLeft | undefined {
  if (term === undefined || confirmedAt === undefined) return undefined;
  const left = (duration: number) => Math.max(0, Math.min(duration, confirmedAt + duration - now));
  return { trust: left(renewDeadline), lease: left(leaseDuration) };
}
