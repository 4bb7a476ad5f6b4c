import type { ClusterTimings } from '../timings.js';
import type { Cluster } from './cluster.js';
import { nameOf, type Instance } from './instances.js';
import { leaseLeft, type LeaseLeft } from './lease.js';
import { reigning } from './reigns.js';

/** An instance at one moment, in words. */
export interface Portrait {
  readonly state:
    'leader' | 'heir' | 'standby' | 'starting' | 'stopping' | 'frozen' | 'cut off' | 'gone';
  /** What the state means for it. */
  readonly text: string;
  /** Whether its leader-only code may run. */
  readonly mayAct: boolean;
  /** Only of one that leads, as far as it knows itself. */
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
    text: textOf(state, instance, lease, reign?.instance),
    mayAct,
    lease: instance.phase === 'gone' ? undefined : lease,
  };
}

function stateOf({ phase, isCutOff, role }: Instance, leads: boolean): Portrait['state'] {
  if (phase !== 'running') return phase;
  if (isCutOff) return 'cut off';
  if (leads) return 'leader';
  return role === 'heir' || role === 'starting' ? role : 'standby';
}

function textOf(
  state: Portrait['state'],
  { end, isCutOff }: Instance,
  lease: LeaseLeft | undefined,
  leader: number | undefined,
): string {
  switch (state) {
    case 'leader':
      return 'Runs the job, and renews its lease with every heartbeat.';
    case 'heir':
      return 'Next in line: asks for the lock 20 times a second.';
    case 'standby':
      return 'Waits. Its jobs are stopped.';
    case 'starting':
      return 'Is starting.';
    case 'stopping':
      return end === 'killed' ? 'Is killed.' : 'Finishes what runs, then ends.';
    case 'frozen':
    case 'cut off':
      return lost(state, lease, leader);
    case 'gone':
      return end ? `${end.charAt(0).toUpperCase()}${end.slice(1)}.` : 'Ended.';
    default:
      return isCutOff ? 'Hears nothing.' : '';
  }
}

/** What there is to say of one that PostgreSQL does not hear from. */
function lost(
  state: 'frozen' | 'cut off',
  lease: LeaseLeft | undefined,
  leader: number | undefined,
): string {
  if (!lease) {
    return state === 'frozen' ? 'Does nothing at all.' : 'Hears nothing, and can’t be elected.';
  }
  if (lease.trust > 0) {
    return state === 'frozen'
      ? 'Does nothing, but holds the lock.'
      : 'Leads on while it may still trust its lease.';
  }
  if (lease.lease > 0) return 'May not trust its lease any more. The lock is still taken.';
  if (state === 'cut off') return 'Hears nothing, and can’t be elected.';
  return leader === undefined
    ? 'Its lease has run out: the lock is free.'
    : `Believes that it leads, but ${nameOf(leader)} does. It may not act when it wakes up.`;
}
