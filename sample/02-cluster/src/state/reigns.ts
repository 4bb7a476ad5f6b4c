import type { Cluster } from './cluster.js';
import type { Happening } from './happening.js';

/** Why a leader stopped leading. */
export type Cause =
  'killed' | 'stopped' | 'frozen' | 'cut off' | 'PostgreSQL restarted' | 'crashed' | 'stepped down';

/** An instance at work as the leader: from where it reads `isLeader` as true to where it no longer does. */
export interface Reign {
  readonly instance: number;
  readonly term: string;
  readonly from: number;
  /** Undefined while it lasts. */
  readonly to?: number | undefined;
  readonly cause?: Cause | undefined;
  /** Its instance has told that the term is over, or is gone. */
  readonly isOver?: boolean | undefined;
  /** When its instance had stopped its duties and given the lock back. */
  readonly releasedAt?: number | undefined;
}

/** The time without a leader between two of them. */
export interface Failover {
  readonly from: Reign;
  readonly to: Reign;
  readonly cause: Cause;
  readonly milliseconds: number;
  /** How much of it the old leader needed to stop its duties. */
  readonly draining: number;
}

const KEPT = 60;

/** The reigns after something has happened. Reports of different instances may overtake each other on the way. */
export function followReigns(cluster: Cluster, happening: Happening): readonly Reign[] {
  if (!('instance' in happening)) return cluster.reigns;
  const { reigns } = cluster;
  const { at, type, instance } = happening;
  if (type === 'elected') {
    const reign: Reign = { instance, term: happening.term, from: at };
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
    // What came first ended it: a frozen leader learns only later that its term is over.
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
      return happening.term === reign.term ? resumed(reign) : reign;
    case 'lease-confirmed':
      return resumed(reign);
    case 'released':
      return happening.term === reign.term ? { ...reign, releasedAt: at } : reign;
    default:
      return reign;
  }
}

/** It had only paused: thawed or reconnected before its lease had run out. */
function resumed({ to: _to, cause: _cause, ...reign }: Reign): Reign {
  return reign;
}

function causeOf({ instance }: Reign, { instances, serverIsDown }: Cluster): Cause {
  const own = instances.find(({ number }) => number === instance);
  if (own?.phase === 'stopping') return 'stopped';
  if (serverIsDown) return 'PostgreSQL restarted';
  return own?.isCutOff ? 'cut off' : 'stepped down';
}

/** The one that leads, if any. */
export function reigning({ reigns }: Pick<Cluster, 'reigns'>): Reign | undefined {
  return reigns.findLast(({ to }) => to === undefined);
}

/** Every time without a leader that has come to its end. */
export function failovers(reigns: readonly Reign[]): Failover[] {
  return reigns.flatMap((to, index) => {
    const from = reigns[index - 1];
    if (from?.to === undefined || !from.cause) return [];
    const { to: end, cause, releasedAt } = from;
    const draining = cause === 'stopped' && releasedAt ? releasedAt - end : 0;
    return [{ from, to, cause, milliseconds: to.from - end, draining }];
  });
}

/** How often one was elected while another was still at work. */
export function overlaps(reigns: readonly Reign[]): number {
  return failovers(reigns).filter(({ milliseconds }) => milliseconds < 0).length;
}
