import type { ClusterTimings } from '../timings.js';
import type { Cluster } from './cluster.js';
import { countdown } from './duration.js';
import { nameOf, type Instance } from './instances.js';
import { leaseLeft, type LeaseLeft } from './lease.js';
import { reigning } from './reigns.js';
import { restartOf } from './restarts.js';

/** An instance at one moment, in words. */
export interface Portrait {
  readonly state:
    'leader' | 'heir' | 'standby' | 'starting' | 'stopping' | 'frozen' | 'cut off' | 'ended';
  /** What the state means for it. */
  readonly text: string;
  /** Whether its leader-only code may run. */
  readonly mayAct: boolean;
  /** Only of an instance that leads, as far as it knows. */
  readonly lease?: LeaseLeft | undefined;
}

export function portray(
  instance: Instance,
  cluster: Cluster,
  timings: ClusterTimings,
  now: number,
): Portrait {
  const lease = leaseLeft(instance, timings, now);
  const reign = reigning(cluster);
  const leads = reign?.instance === instance.number;
  const isTrusted = lease !== undefined && lease.trust > 0;
  const mayAct = isTrusted && (leads || instance.phase === 'frozen');
  const state = stateOf(instance, leads);
  return {
    state,
    text:
      state === 'ended'
        ? howItEnded(instance, cluster, now)
        : textOf(state, instance, lease, reign?.instance),
    mayAct,
    lease: instance.phase === 'gone' ? undefined : lease,
  };
}

function stateOf({ phase, isCutOff, role }: Instance, leads: boolean): Portrait['state'] {
  if (phase === 'gone') return 'ended';
  if (phase !== 'running') return phase;
  if (isCutOff) return 'cut off';
  if (leads) return 'leader';
  return role === 'heir' || role === 'starting' ? role : 'standby';
}

function howItEnded(instance: Instance, cluster: Cluster, now: number): string {
  const { end = 'ended' } = instance;
  const at = restartOf(instance, cluster);
  const restart = at === undefined ? '' : ` Starts again in ${countdown(at - now)}.`;
  return `${end.charAt(0).toUpperCase()}${end.slice(1)}.${restart}`;
}

function textOf(
  state: Exclude<Portrait['state'], 'ended'>,
  { end }: Instance,
  lease: LeaseLeft | undefined,
  leader: number | undefined,
): string {
  switch (state) {
    case 'leader':
      return 'Runs the job, and renews its lease with every heartbeat.';
    case 'heir':
      return 'Next in line: asks for the lock 20 times a second.';
    case 'standby':
      return 'Waits for the lock. Its job does not run.';
    case 'starting':
      return 'The process is starting.';
    case 'stopping':
      return end === 'killed' ? 'Killed.' : 'Finishes its job, then ends.';
    case 'frozen':
    case 'cut off':
      return unheard(state, lease, leader);
  }
}

/** An instance that PostgreSQL does not hear from. */
function unheard(
  state: 'frozen' | 'cut off',
  lease: LeaseLeft | undefined,
  leader: number | undefined,
): string {
  if (lease && lease.trust > 0) {
    return state === 'frozen'
      ? 'Does nothing, but holds the lock.'
      : 'Leads for as long as it may act.';
  }
  if (lease && lease.lease > 0) return 'May not act. PostgreSQL still holds the lock for it.';
  if (state === 'cut off') return 'Cannot reach PostgreSQL, so it cannot be elected.';
  if (!lease) return 'Does nothing.';
  return leader === undefined
    ? 'Its lease has run out, and the lock is free.'
    : `Still considers itself the leader, but ${nameOf(leader)} leads. It may not act when it is thawed.`;
}
