import type { Happening } from './happening.js';
import { followInstances, type Instance } from './instances.js';
import { followMarks, type Marks } from './marks.js';
import { followReigns, type Reign } from './reigns.js';
import { tell, type Line } from './story.js';

/**
 * All that the page shows, told from what has happened and nothing else: the application and every page that is open
 * hold one, and come to the same by the same happenings.
 */
export interface Cluster {
  /** Those that have a place on the page, also if they are gone, by their number. */
  readonly instances: readonly Instance[];
  /** Whether PostgreSQL is being restarted. */
  readonly serverIsDown: boolean;
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
  const next = {
    instances: followInstances(cluster.instances, happening),
    serverIsDown: isServerDown(cluster, happening),
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
