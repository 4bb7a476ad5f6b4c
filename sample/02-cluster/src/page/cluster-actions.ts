import { MOST_INSTANCES, nameOf, type Instance } from '../state/instances.js';
import { ActionButton } from './action-button.js';
import { byId, element } from './dom.js';
import type { LiveCluster } from './live-cluster.js';

/** Actions on the whole cluster, and on an instance that is frozen or cut off. */
export class ClusterActions {
  readonly #add = new ActionButton('add');
  readonly #restart = new ActionButton('restart');
  readonly #back = new ActionButton('thaw');
  readonly #autoRestart = new ActionButton('auto-restart');

  constructor() {
    byId('cluster-actions').append(
      element('h3', {}, 'The cluster'),
      this.#back.element,
      this.#add.element,
      this.#autoRestart.element,
      this.#restart.element,
    );
  }

  show({ cluster, setup }: LiveCluster): void {
    const { instances, serverIsDown, restartDelay } = cluster;
    const isFull = instances.length >= MOST_INSTANCES;
    this.#add.show({
      label: 'Add an instance',
      hint: isFull ? `${MOST_INSTANCES} at most` : 'new process',
      path: '/instances',
      isPossible: !isFull,
    });
    const isOn = restartDelay !== undefined;
    this.#autoRestart.show({
      label: 'Auto-restart',
      hint: isOn ? `on, after ${restartDelay / 1_000} s` : 'off',
      path: `/auto-restart/${isOn ? 'off' : 'on'}`,
      isPossible: true,
      isOn,
    });
    const canRestart = setup?.canRestartServer === true;
    this.#restart.show({
      label: 'Restart PostgreSQL',
      hint: !canRestart
        ? 'not with DATABASE_URL'
        : serverIsDown
          ? 'is restarting'
          : 'ends all sessions',
      path: '/server/restart',
      isPossible: canRestart && !serverIsDown,
    });
    this.#showBack(instances);
  }

  #showBack(instances: readonly Instance[]): void {
    const frozen = instances.find(({ phase }) => phase === 'frozen');
    const cutOff = instances.find(({ isCutOff }) => isCutOff);
    if (frozen || !cutOff) {
      this.#back.show({
        label: 'Thaw',
        subject: 'the frozen instance',
        hint: frozen ? `${nameOf(frozen.number)}, SIGCONT` : 'none is frozen',
        path: `/instances/${frozen?.number}/thaw`,
        isPossible: frozen !== undefined,
      });
    } else {
      this.#back.show({
        label: 'Reconnect',
        subject: 'the instance that is cut off',
        hint: `${nameOf(cutOff.number)}, network`,
        path: `/instances/${cutOff.number}/reconnect`,
        isPossible: true,
      });
    }
  }
}
