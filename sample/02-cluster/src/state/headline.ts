import type { ClusterTimings } from '../timings.js';
import type { Cluster } from './cluster.js';
import { countdown, duration } from './duration.js';
import { canLead, nameOf, namesOf, type Instance } from './instances.js';
import { leaseLeft } from './lease.js';
import { reigning, type Reign } from './reigns.js';
import { nextRestart } from './restarts.js';

/** The cluster at one moment, in a few sentences. */
export interface Headline {
  readonly tone: 'good' | 'warning' | 'bad' | 'quiet';
  readonly title: string;
  readonly text: string;
  /** The leader, for its colour. */
  readonly instance?: number | undefined;
}

export function headlineOf(cluster: Cluster, timings: ClusterTimings, now: number): Headline {
  const reign = reigning(cluster);
  if (reign) return led(reign, cluster, timings, now);
  const last = cluster.reigns.at(-1);
  if (!last) {
    return {
      tone: 'quiet',
      title: 'No leader yet',
      text: 'The instances are starting. The first to get the lock will lead.',
    };
  }
  const time = duration(Math.max(0, now - (last.to ?? now)));
  return {
    tone: 'bad',
    title: `No leader for ${time}`,
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
      text: `PostgreSQL does not answer. ${name} may act for another ${countdown(trust)}; then it stops by itself.`,
    };
  }
  if (own?.phase === 'stopping') {
    return {
      tone: 'warning',
      instance,
      title: `${name} is handing over`,
      text: 'It finishes its job, then releases the lock.',
    };
  }
  const time = duration(Math.max(0, now - from));
  const waiting = instances.filter((one) => one.number !== instance && canLead(one));
  return {
    tone: 'good',
    instance,
    title: `${name} leads`,
    text: `In term ${term}, for ${time}. It alone runs the job. ${whoWaits(waiting)}`,
  };
}

function whoWaits(waiting: readonly Instance[]): string {
  if (waiting.length === 0) return 'No other instance could take over.';
  return `${namesOf(waiting)} ${waiting.length === 1 ? 'waits' : 'wait'} for the lock.`;
}

function whyNobody(
  { cause, instance, releasedAt }: Reign,
  cluster: Cluster,
  timings: ClusterTimings,
  now: number,
): string {
  const { instances, serverIsDown } = cluster;
  const name = nameOf(instance);
  if (serverIsDown) return 'PostgreSQL is down, and with it every session and every lock.';
  if (!instances.some(canLead)) return whyNoneCould(cluster, now);
  switch (cause) {
    case 'frozen':
    case 'cut off': {
      const own = instances.find(({ number }) => number === instance);
      const { trust, lease } = (own && leaseLeft(own, timings, now)) ?? { trust: 0, lease: 0 };
      if (lease === 0) return `The lease of ${name} has run out, and the lock is free.`;
      const mayAct = trust > 0 ? `It may act for another ${countdown(trust)}` : 'It may not act';
      return `${name} is ${cause}. ${mayAct}; in ${countdown(lease)} PostgreSQL ends its session, which frees the lock.`;
    }
    case 'PostgreSQL restarted':
      return `The instance that gets the lock waits until ${countdown(timings.renewDeadline)} after the restart: by then any earlier leader has stopped acting.`;
    case 'killed':
    case 'crashed':
      return `PostgreSQL has seen the connection of ${name} close, and the lock is free.`;
    default:
      return releasedAt === undefined
        ? `${name} has stepped down. It finishes its job, then releases the lock.`
        : `${name} has released the lock.`;
  }
}

const WHY_NOT = {
  starting: ['is starting', 'are starting'],
  stopping: ['is ending', 'are ending'],
  gone: ['has ended', 'have ended'],
  frozen: ['is frozen', 'are frozen'],
  running: ['is cut off', 'are cut off'],
} as const satisfies Record<Instance['phase'], readonly [one: string, several: string]>;

/** Such as `No instance can lead: #1 has ended, #2 and #3 are frozen. #1 starts again in 3.2 s.` */
function whyNoneCould(cluster: Cluster, now: number): string {
  const { instances } = cluster;
  if (instances.length === 0) return 'There is no instance. Add one.';
  const reasons = Object.entries(WHY_NOT).flatMap(([phase, [one, several]]) => {
    const those = instances.filter((instance) => instance.phase === phase);
    return those.length > 0 ? [`${namesOf(those)} ${those.length === 1 ? one : several}`] : [];
  });
  const next = nextRestart(cluster);
  const restart = next
    ? ` ${nameOf(next.number)} starts again in ${countdown(next.at - now)}.`
    : '';
  return `No instance can lead: ${reasons.join(', ')}.${restart}`;
}
