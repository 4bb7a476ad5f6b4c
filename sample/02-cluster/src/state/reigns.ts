import type { Cluster } from './cluster.js';
import type { Happening } from './happening.js';

/** Why a leader stopped leading. */
export type Cause =
  'killed' | 'stopped' | 'frozen' | 'cut off' | 'PostgreSQL restarted' | 'crashed' | 'stepped down';

/** An instance at work as the leader: from the moment it reads `isLeader` as true until it no longer does. */
export interface Reign {
  readonly instance: number;
  readonly term: string;
  readonly from: number;
  /** Undefined while it lasts. */
  readonly to?: number | undefined;
  readonly cause?: Cause | undefined;
  /** Its instance has reported that the term is over, or has ended. */
  readonly isOver?: boolean | undefined;
  /** When its instance had stopped its duties and released the lock. */
  readonly releasedAt?: number | undefined;
  /** Since when, at its beginning, there had always been an instance that could lead. */
  readonly candidatesSince?: number | undefined;
}

/** The time without a leader between two of them. */
export interface Gap {
  readonly from: Reign;
  readonly to: Reign;
  readonly cause: Cause;
  readonly milliseconds: number;
  /** How much of it the old leader needed to stop its duties. */
  readonly draining: number;
  /** Whether there was always an instance that could lead. */
  readonly hadCandidates: boolean;
}

const KEPT = 60;

/** The reigns after something has happened. Reports of different instances may overtake each other on the way. */
export function followReigns(cluster: Cluster, happening: Happening): readonly Reign[] {
  if (!('instance' in happening)) return cluster.reigns;
  const { reigns } = cluster;
  const { at, type, instance } = happening;
  if (type === 'elected') {
    const { candidatesSince } = cluster;
    const reign: Reign = { instance, term: happening.term, from: at, candidatesSince };
    return [...reigns, reign].sort((a, b) => a.from - b.from).slice(-KEPT);
  }
  const own = reigns.findLast((reign) => reign.instance === instance);
  if (!own || (own.isOver && type !== 'released')) return reigns;
  const changed = change(own, cluster, happening);
  return reigns.map((reign) => (reign === own ? changed : reign));
}

function change(reign: Reign, cluster: Cluster, happening: Happening): Reign {
  const { at, type } = happening;
  const ended = (cause: Cause): Reign =>
    // The first event ended it: a frozen leader learns only later that its term is over.
    reign.to === undefined ? { ...reign, to: at, cause } : reign;
  switch (type) {
    case 'killed':
      return { ...ended('killed'), isOver: true };
    case 'gone':
      return { ...ended('crashed'), isOver: true };
    case 'frozen':
      return ended('frozen');
    case 'lease-unconfirmed':
      return ended(causeOf(reign, cluster));
    case 'demoted':
      return { ...ended(causeOf(reign, cluster)), isOver: true };
    case 'heartbeat':
    case 'job-started':
      return happening.term === reign.term ? resumed(reign, at) : reign;
    case 'lease-confirmed':
      return resumed(reign, at);
    case 'released':
      return happening.term === reign.term ? { ...reign, releasedAt: at } : reign;
    default:
      return reign;
  }
}

/** It had only paused: it was thawed or reconnected before its lease ran out. */
function resumed(reign: Reign, at: number): Reign {
  // Not if that was reported before, and has only been read since.
  if (reign.to === undefined || at < reign.to) return reign;
  return { ...reign, to: undefined, cause: undefined };
}

function causeOf({ instance }: Reign, { instances, serverIsDown }: Cluster): Cause {
  const own = instances.find(({ number }) => number === instance);
  if (own?.phase === 'stopping') return 'stopped';
  if (serverIsDown) return 'PostgreSQL restarted';
  return own?.isCutOff ? 'cut off' : 'stepped down';
}

/** The reign of the present leader, if there is one. */
export function reigning({ reigns }: Pick<Cluster, 'reigns'>): Reign | undefined {
  return reigns.findLast(({ to }) => to === undefined);
}

/** Every time without a leader that is over. */
export function gaps(reigns: readonly Reign[]): Gap[] {
  return reigns.flatMap((to, index) => {
    const from = reigns[index - 1];
    if (from?.to === undefined || !from.cause) return [];
    const { to: end, cause, releasedAt } = from;
    const draining = cause === 'stopped' && releasedAt ? releasedAt - end : 0;
    const { candidatesSince = Infinity } = to;
    const hadCandidates = candidatesSince <= end;
    return [{ from, to, cause, milliseconds: to.from - end, draining, hadCandidates }];
  });
}

/** The gaps that count as failovers: when no instance could lead, it had none to elect. */
export function failovers(reigns: readonly Reign[]): Gap[] {
  return gaps(reigns).filter(({ hadCandidates }) => hadCandidates);
}

/** How often an instance was elected while another was still at work. */
export function overlaps(reigns: readonly Reign[]): number {
  return gaps(reigns).filter(({ milliseconds }) => milliseconds < 0).length;
}
