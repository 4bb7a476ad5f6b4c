import type { ClusterTimings } from '../timings.js';
import type { Instance } from './instances.js';

/** What is left of a leader's lease, in milliseconds. */
export interface LeaseLeft {
  /** Until its lease is unconfirmed: it may not act from then on. */
  readonly trust: number;
  /** Until PostgreSQL ends its silent session, and the lock is free. */
  readonly lease: number;
}

/** Undefined for one that does not lead, as far as it knows itself. */
export function leaseLeft(
  { term, confirmedAt }: Instance,
  { renewDeadline, leaseDuration }: ClusterTimings,
  now: number,
): LeaseLeft | undefined {
  if (term === undefined || confirmedAt === undefined) return undefined;
  const left = (duration: number) => Math.max(0, Math.min(duration, confirmedAt + duration - now));
  return { trust: left(renewDeadline), lease: left(leaseDuration) };
}
