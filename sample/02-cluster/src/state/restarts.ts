import type { Cluster } from './cluster.js';
import type { Instance } from './instances.js';

/** When an instance that has ended is started again; undefined: it runs, or stays ended. */
export function restartOf(
  { goneAt }: Instance,
  { restartDelay }: Pick<Cluster, 'restartDelay'>,
): number | undefined {
  return goneAt === undefined || restartDelay === undefined ? undefined : goneAt + restartDelay;
}

/** The instance that is started again next, and when. */
export function nextRestart(
  cluster: Pick<Cluster, 'instances' | 'restartDelay'>,
): { readonly number: number; readonly at: number } | undefined {
  return cluster.instances
    .map((instance) => ({ number: instance.number, at: restartOf(instance, cluster) ?? Infinity }))
    .filter(({ at }) => at < Infinity)
    .sort((a, b) => a.at - b.at)[0];
}
