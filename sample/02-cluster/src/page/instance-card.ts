import type { Cluster } from '../state/cluster.js';
import { nameOf, type Instance } from '../state/instances.js';
import { portray } from '../state/portrait.js';
import type { ClusterTimings } from '../timings.js';
import { ActionButton } from './action-button.js';
import { element, setAttribute, setText } from './dom.js';
import { LeaseBar } from './lease-bar.js';

/** An instance: what it is at the moment, and what can be done to it. */
export class InstanceCard {
  readonly element: HTMLElement;
  readonly #state = element('span', { class: 'state' });
  readonly #mayAct = element('span', { class: 'may-act' });
  readonly #text = element('p', { class: 'card-text' });
  readonly #facts = element('p', { class: 'facts' });
  readonly #lease: LeaseBar;
  readonly #buttons: Record<'life' | 'stop' | 'freeze' | 'cut' | 'remove', ActionButton>;

  constructor({ number }: Instance) {
    const name = nameOf(number);
    this.#lease = new LeaseBar(`Seconds left of the lease of ${name}`);
    this.#buttons = {
      life: new ActionButton('kill', name),
      stop: new ActionButton('stop', name),
      freeze: new ActionButton('freeze', name),
      cut: new ActionButton('cut', name),
      remove: new ActionButton('remove', name),
    };
    const buttons = Object.values(this.#buttons).map((button) => button.element);
    this.element = element(
      'article',
      { class: 'card', 'data-instance': String(number), 'aria-label': `Instance ${name}` },
      element('header', {}, element('h3', {}, name), this.#state, this.#mayAct),
      this.#text,
      this.#lease.element,
      this.#facts,
      element(
        'div',
        { class: 'buttons', role: 'group', 'aria-label': `Do something to ${name}` },
        ...buttons,
      ),
    );
  }

  show(instance: Instance, cluster: Cluster, timings: ClusterTimings, now: number): void {
    const { state, text, mayAct, lease } = portray(instance, cluster, timings, now);
    const { phase, isCutOff, pid, runs, number } = instance;
    setAttribute(this.element, 'data-state', state);
    setText(this.#state, state === 'frozen' && isCutOff ? 'frozen, cut off' : state);
    setText(this.#mayAct, mayAct ? 'may act' : 'may not act');
    setAttribute(this.#mayAct, 'data-may-act', String(mayAct));
    setText(this.#text, text);
    this.#lease.show(lease, timings, phase === 'frozen' || isCutOff);
    const ran = `ran the job ${runs === 1 ? 'once' : `${runs} times`}`;
    setText(this.#facts, phase === 'gone' ? ran : `process ${pid ?? '?'} · ${ran}`);

    const path = (action: string) => `/instances/${number}/${action}`;
    const { life, stop, freeze, cut, remove } = this.#buttons;
    const isAlive = phase === 'running' || phase === 'starting';
    life.show(
      phase === 'gone'
        ? { label: 'Start', hint: 'a new process', path: path('start'), isPossible: true }
        : { label: 'Kill', hint: 'SIGKILL', path: path('kill'), isPossible: phase !== 'stopping' },
    );
    setAttribute(life.element, 'data-kind', phase === 'gone' ? 'start' : 'kill');
    stop.show({ label: 'Stop', hint: 'SIGTERM', path: path('stop'), isPossible: isAlive });
    freeze.show(
      phase === 'frozen'
        ? { label: 'Thaw', hint: 'SIGCONT', path: path('thaw'), isPossible: true }
        : {
            label: 'Freeze',
            hint: 'SIGSTOP',
            path: path('freeze'),
            isPossible: phase === 'running',
          },
    );
    cut.show(
      isCutOff
        ? { label: 'Reconnect', hint: 'network', path: path('reconnect'), isPossible: true }
        : {
            label: 'Cut off',
            hint: 'network',
            path: path('cut-off'),
            isPossible: phase === 'running',
          },
    );
    remove.show({ label: 'Remove', hint: 'off this page', path: path('remove'), isPossible: true });
  }
}
