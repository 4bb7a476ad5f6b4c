import type { Happening } from './happening.js';
import { canLead, followInstances, type Instance } from './instances.js';
import { followMarks, type Marks } from './marks.js';
import { followReigns, type Reign } from './reigns.js';
import { tell, type Line } from './story.js';

/**
 * Everything that the page and the terminal show, derived only from what has happened: the application and every open
 * page hold one, and the same happenings lead to the same state.
 */
export interface Cluster {
  /** Those that have a place on the page, also after they have ended, by their number. */
  readonly instances: readonly Instance[];
  /** Whether PostgreSQL is being restarted. */
  readonly serverIsDown: boolean;
  /** How many milliseconds after its end an instance is started again; undefined: not at all. */
  readonly restartDelay?: number | undefined;
  /** Since when there has always been an instance that could lead; undefined: there is none. */
  readonly candidatesSince?: number | undefined;
  /** Who led from when to when, in that order. */
  readonly reigns: readonly Reign[];
  /** What the timeline shows besides that. */
  readonly marks: Marks;
  /** The newest is the last. */
  readonly story: readonly Line[];
}

export const emptyCluster: Cluster = {
  instances: [],
  serverIsDown: false,
  reigns: [],
  marks: { conditions: [], heartbeats: [], runs: [] },
  story: [],
};

/** The cluster after something has happened in it. */
export function reduce(cluster: Cluster, happening: Happening): Cluster {
  const instances = followInstances(cluster.instances, happening);
  const next = {
    instances,
    serverIsDown: isServerDown(cluster, happening),
    restartDelay: happening.type === 'restart-policy' ? happening.delay : cluster.restartDelay,
    candidatesSince: instances.some(canLead)
      ? (cluster.candidatesSince ?? happening.at)
      : undefined,
    reigns: followReigns(cluster, happening),
    marks: followMarks(cluster.marks, happening),
    story: cluster.story,
  };
  return { ...next, story: tell(cluster, next, happening) };
}

function isServerDown({ serverIsDown }: Cluster, { type }: Happening): boolean {
  if (type === 'server-stopping') return true;
  return type === 'server-started' ? false : serverIsDown;
}
