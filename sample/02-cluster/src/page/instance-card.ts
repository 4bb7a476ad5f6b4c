import type { Cluster } from '../state/cluster.js';
import { nameOf, type Instance } from '../state/instances.js';
import { portray } from '../state/portrait.js';
import type { ClusterTimings } from '../timings.js';
import { element, setAttribute, setText } from './dom.js';
import { InstanceActions } from './instance-actions.js';
import { LeaseBar } from './lease-bar.js';

/** An instance: its present state, and what can be done to it. */
export class InstanceCard {
  readonly element: HTMLElement;
  readonly #state = element('span', { class: 'state' });
  readonly #mayAct = element('span', { class: 'may-act' });
  readonly #text = element('p', { class: 'card-text' });
  readonly #facts = element('p', { class: 'facts' });
  readonly #lease: LeaseBar;
  readonly #actions: InstanceActions;

  constructor({ number }: Instance) {
    const name = nameOf(number);
    this.#lease = new LeaseBar(`Seconds left of the lease of ${name}`);
    this.#actions = new InstanceActions(number);
    this.element = element(
      'article',
      { class: 'card', 'data-instance': String(number), 'aria-label': `Instance ${name}` },
      element('header', {}, element('h3', {}, name), this.#state, this.#mayAct),
      this.#text,
      this.#lease.element,
      this.#facts,
      this.#actions.element,
    );
  }

  show(instance: Instance, cluster: Cluster, timings: ClusterTimings, now: number): void {
    const { state, text, mayAct, lease } = portray(instance, cluster, timings, now);
    const { phase, isCutOff, pid, runs } = instance;
    setAttribute(this.element, 'data-state', state);
    setText(this.#state, state === 'frozen' && isCutOff ? 'frozen, cut off' : state);
    setText(this.#mayAct, mayAct ? 'may act' : 'may not act');
    setAttribute(this.#mayAct, 'data-may-act', String(mayAct));
    setText(this.#text, text);
    this.#lease.show(lease, timings, phase === 'frozen' || isCutOff);
    const ran = `${runs} ${runs === 1 ? 'job run' : 'job runs'}`;
    setText(this.#facts, phase === 'gone' ? ran : `process ${pid ?? '?'} · ${ran}`);
    this.#actions.show(instance);
  }
}
