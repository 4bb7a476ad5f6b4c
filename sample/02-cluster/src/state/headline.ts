import type { ClusterTimings } from '../timings.js';
import type { Cluster } from './cluster.js';
import { duration } from './duration.js';
import { nameOf } from './instances.js';
import { leaseLeft } from './lease.js';
import { reigning, type Reign } from './reigns.js';

/** The cluster at one moment, in two sentences. */
export interface Headline {
  readonly tone: 'good' | 'warning' | 'bad' | 'quiet';
  readonly title: string;
  readonly text: string;
  /** Who leads, for its colour. */
  readonly instance?: number | undefined;
}

export function headlineOf(cluster: Cluster, timings: ClusterTimings, now: number): Headline {
  const reign = reigning(cluster);
  if (reign) return led(reign, cluster, timings, now);
  const last = cluster.reigns.at(-1);
  if (!last) {
    return {
      tone: 'quiet',
      title: 'Nobody leads yet',
      text: 'The instances start. The first to get the lock will lead.',
    };
  }
  const time = duration(Math.max(0, now - (last.to ?? now)));
  return {
    tone: 'bad',
    title: `Nobody leads, for ${time}`,
    text: whyNobody(last, cluster, timings, now),
  };
}

function led(
  { instance, term, from }: Reign,
  { instances }: Cluster,
  timings: ClusterTimings,
  now: number,
): Headline {
  const own = instances.find(({ number }) => number === instance);
  const name = nameOf(instance);
  if (own?.isCutOff) {
    const { trust = 0 } = leaseLeft(own, timings, now) ?? {};
    return {
      tone: 'warning',
      instance,
      title: `${name} leads, but is cut off`,
      text: `It hears nothing from PostgreSQL, and may trust its lease for another ${seconds(trust)}. Then it may not act.`,
    };
  }
  if (own?.phase === 'stopping') {
    return {
      tone: 'warning',
      instance,
      title: `${name} hands over`,
      text: 'It finishes what runs before it gives the lock back.',
    };
  }
  return {
    tone: 'good',
    instance,
    title: `${name} leads`,
    text: `In term ${term}, for ${duration(Math.max(0, now - from))}. It alone runs the job, and the others wait for the lock.`,
  };
}

function whyNobody(
  { cause, instance }: Reign,
  { instances, serverIsDown }: Cluster,
  timings: ClusterTimings,
  now: number,
): string {
  const name = nameOf(instance);
  const own = instances.find(({ number }) => number === instance);
  if (serverIsDown) return 'PostgreSQL is down, and with it every session and every lock.';
  if (!instances.some(({ phase, isCutOff }) => phase === 'running' && !isCutOff)) {
    return 'No instance is left that could lead.';
  }
  switch (cause) {
    case 'frozen':
    case 'cut off': {
      const { trust, lease } = (own && leaseLeft(own, timings, now)) ?? { trust: 0, lease: 0 };
      if (lease === 0) return `The lease of ${name} has run out, and the lock is free.`;
      const trusted =
        trust > 0
          ? `In ${seconds(trust)} it may not trust its lease any more`
          : 'It may not trust its lease any more, and may not act';
      return `${name} is ${cause}. ${trusted}; in ${seconds(lease)} PostgreSQL ends its session, and the lock is free.`;
    }
    case 'PostgreSQL restarted':
      return `Whoever gets the lock waits until ${seconds(timings.renewDeadline)} after the restart: by then any leader from before has stopped trusting itself.`;
    case 'killed':
    case 'crashed':
      return `PostgreSQL has seen the connection of ${name} close, and the lock is free.`;
    default:
      return `${name} has stepped down, and the lock is free.`;
  }
}

/** In steps that can be read while they count down. */
function seconds(milliseconds: number): string {
  return `${(milliseconds / 1_000).toFixed(1)} s`;
}
