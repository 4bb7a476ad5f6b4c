import type { Cluster } from '../../state/cluster.js';
import { leaseLeft } from '../../state/lease.js';
import type { ClusterTimings } from '../../timings.js';

/** A part of what is left of a lease, which the timeline shows ahead of now. */
export interface Projection {
  readonly instance: number;
  readonly kind: 'trust' | 'lease';
  readonly from: number;
  readonly to: number;
}

export function projections(
  { instances }: Cluster,
  timings: ClusterTimings,
  now: number,
): Projection[] {
  return instances.flatMap((instance) => {
    const left = leaseLeft(instance, timings, now);
    if (!left || instance.phase === 'gone') return [];
    const { number } = instance;
    const ends = now + left.trust;
    return [
      { instance: number, kind: 'trust' as const, from: now, to: ends },
      { instance: number, kind: 'lease' as const, from: ends, to: now + left.lease },
    ].filter(({ from, to }) => to > from);
  });
}
