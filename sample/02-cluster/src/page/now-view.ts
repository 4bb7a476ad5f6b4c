import { headlineOf } from '../state/headline.js';
import { nameOf } from '../state/instances.js';
import { leaseLeft } from '../state/lease.js';
import { reigning } from '../state/reigns.js';
import { ClusterActions } from './cluster-actions.js';
import { byId, setAttribute, setText } from './dom.js';
import { LeaderActions } from './leader-actions.js';
import { LeaseBar } from './lease-bar.js';
import type { LiveCluster } from './live-cluster.js';

/** Who leads now and why, with the quick ways to change that. */
export class NowView {
  readonly #lease = new LeaseBar('Seconds left of the leader’s lease');
  readonly #leaderActions = new LeaderActions();
  readonly #clusterActions = new ClusterActions();

  constructor() {
    byId('leader-lease').append(this.#lease.element);
  }

  show(live: LiveCluster): void {
    const { cluster, setup, clock } = live;
    if (!setup) return;
    const { timings } = setup;
    const now = clock.now();
    const { tone, title, text, instance } = headlineOf(cluster, timings, now);
    const section = byId('now');
    setAttribute(section, 'data-tone', tone);
    setAttribute(section, 'data-instance', String(instance ?? ''));
    setText(byId('headline'), title);
    setText(byId('explanation'), text);

    // The lease that counts: the leader's, or that of the last leader, which may still hold the lock.
    const holder = reigning(cluster) ?? cluster.reigns.at(-1);
    const own = cluster.instances.find(({ number }) => number === holder?.instance);
    const isLost = own?.phase === 'frozen' || own?.isCutOff === true;
    const lease = own && own.phase !== 'gone' ? leaseLeft(own, timings, now) : undefined;
    this.#lease.show(lease, timings, isLost, own && nameOf(own.number));

    this.#leaderActions.show(cluster);
    this.#clusterActions.show(live);
  }
}
