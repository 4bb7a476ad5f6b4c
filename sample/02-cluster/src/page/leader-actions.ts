import type { Cluster } from '../state/cluster.js';
import type { Instance } from '../state/instances.js';
import { reigning } from '../state/reigns.js';
import { ActionButton } from './action-button.js';
import { byId, element } from './dom.js';

/** What can be done to the instance that leads, whichever it is. */
export class LeaderActions {
  readonly #buttons = (
    [
      ['kill', 'Kill', 'SIGKILL'],
      ['stop', 'Stop', 'SIGTERM'],
      ['freeze', 'Freeze', 'SIGSTOP'],
      ['cut-off', 'Cut off', 'network'],
    ] as const
  ).map(([action, label, hint]) => ({ action, label, hint, button: new ActionButton(action) }));

  constructor() {
    byId('leader-actions').append(
      element('h3', {}, 'The leader'),
      ...this.#buttons.map(({ button }) => button.element),
    );
  }

  show(cluster: Cluster): void {
    const reign = reigning(cluster);
    const own = cluster.instances.find(({ number }) => number === reign?.instance);
    for (const { action, label, hint, button } of this.#buttons) {
      const impossible = whyNot(own, action);
      button.show({
        label,
        subject: 'the leader',
        hint: impossible ?? hint,
        path: `/instances/leader/${action}`,
        isPossible: impossible === undefined,
      });
    }
  }
}

function whyNot(own: Instance | undefined, action: string): string | undefined {
  if (!own) return 'no leader';
  if (own.phase === 'stopping') return 'is ending';
  if (own.phase === 'starting' && ['freeze', 'cut-off'].includes(action)) return 'is starting';
  return action === 'cut-off' && own.isCutOff ? 'is cut off' : undefined;
}
