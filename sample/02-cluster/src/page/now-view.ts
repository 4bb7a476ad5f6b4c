import { headlineOf } from '../state/headline.js';
import { leaseLeft } from '../state/lease.js';
import { reigning } from '../state/reigns.js';
import { ActionButton } from './action-button.js';
import { byId, element, setAttribute, setText } from './dom.js';
import { LeaseBar } from './lease-bar.js';
import type { LiveCluster } from './live-cluster.js';

/** Who leads now and why, with the quick ways to change that. */
export class NowView {
  readonly #lease = new LeaseBar('Seconds left of the leader’s lease');
  readonly #leaderActions = (
    [
      ['kill', 'Kill', 'SIGKILL'],
      ['stop', 'Stop', 'SIGTERM'],
      ['freeze', 'Freeze', 'SIGSTOP'],
      ['cut-off', 'Cut off', 'network'],
    ] as const
  ).map(([action, label, hint]) => ({
    button: new ActionButton(action, 'the leader'),
    state: { label, hint, path: `/instances/leader/${action}` },
  }));
  /** The one that lost the lead to a freeze or a cut comes back by this. */
  readonly #back = new ActionButton('thaw');
  readonly #add = new ActionButton('add');
  readonly #restart = new ActionButton('restart');

  constructor() {
    byId('leader-lease').append(this.#lease.element);
    byId('leader-actions').append(
      element('h3', {}, 'The leader'),
      ...this.#leaderActions.map(({ button }) => button.element),
    );
    byId('cluster-actions').append(
      element('h3', {}, 'The cluster'),
      this.#add.element,
      this.#restart.element,
      this.#back.element,
    );
  }

  show({ cluster, setup, clock }: LiveCluster): void {
    if (!setup) return;
    const { timings, canRestartServer } = setup;
    const now = clock.now();
    const { tone, title, text, instance } = headlineOf(cluster, timings, now);
    const section = byId('now');
    setAttribute(section, 'data-tone', tone);
    setAttribute(section, 'data-instance', String(instance ?? ''));
    setText(byId('headline'), title);
    setText(byId('explanation'), text);

    const reign = reigning(cluster);
    // The lease that counts: the leader's, or that of the one who led last and still has the lock.
    const holder = reign ?? cluster.reigns.at(-1);
    const own = cluster.instances.find(({ number }) => number === holder?.instance);
    const isLost = own?.phase === 'frozen' || own?.isCutOff === true;
    const lease = own && own.phase !== 'gone' ? leaseLeft(own, timings, now) : undefined;
    this.#lease.show(lease, timings, isLost);

    for (const { button, state } of this.#leaderActions) {
      const isPossible = reign !== undefined && own?.phase === 'running';
      button.show({
        ...state,
        isPossible: isPossible && !(state.path.endsWith('cut-off') && isLost),
      });
    }
    this.#add.show({
      label: 'Add an instance',
      hint: 'a new process',
      path: '/instances',
      isPossible: cluster.instances.length < 7,
    });
    this.#restart.show({
      label: 'Restart PostgreSQL',
      hint: canRestartServer ? 'every session ends' : 'not the one of DATABASE_URL',
      path: '/server/restart',
      isPossible: canRestartServer && !cluster.serverIsDown,
    });
    const lost = cluster.instances.find(({ phase, isCutOff }) => phase === 'frozen' || isCutOff);
    const isFrozen = lost?.phase === 'frozen';
    this.#back.show({
      label: lost ? `${isFrozen ? 'Thaw' : 'Reconnect'} #${lost.number}` : 'Thaw',
      hint: lost ? (isFrozen ? 'SIGCONT' : 'network') : 'nobody is frozen',
      path: `/instances/${lost?.number}/${isFrozen ? 'thaw' : 'reconnect'}`,
      isPossible: lost !== undefined,
    });
  }
}
