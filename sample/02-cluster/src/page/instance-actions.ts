import { nameOf, type Instance } from '../state/instances.js';
import { ActionButton } from './action-button.js';
import { element, setAttribute } from './dom.js';

/** What can be done to one instance. */
export class InstanceActions {
  readonly element: HTMLElement;
  /** Kill, or Start. */
  readonly #life = new ActionButton('kill');
  readonly #stop = new ActionButton('stop');
  /** Or Thaw. */
  readonly #freeze = new ActionButton('freeze');
  /** Or Reconnect. */
  readonly #cut = new ActionButton('cut');
  readonly #remove = new ActionButton('remove');

  constructor(number: number) {
    const buttons = [this.#life, this.#stop, this.#freeze, this.#cut, this.#remove];
    const label = `Do something to ${nameOf(number)}`;
    this.element = element(
      'div',
      { class: 'buttons', role: 'group', 'aria-label': label },
      ...buttons.map((button) => button.element),
    );
  }

  show({ number, phase, isCutOff }: Instance): void {
    const show = (
      button: ActionButton,
      action: string,
      label: string,
      hint: string,
      isPossible = true,
    ) =>
      button.show({
        label,
        subject: nameOf(number),
        hint,
        path: `/instances/${number}/${action}`,
        isPossible,
      });
    const isRunning = phase === 'running';
    const isGone = phase === 'gone';
    if (isGone) show(this.#life, 'start', 'Start', 'new process');
    else show(this.#life, 'kill', 'Kill', 'SIGKILL', phase !== 'stopping');
    setAttribute(this.#life.element, 'data-kind', isGone ? 'start' : 'kill');
    show(this.#stop, 'stop', 'Stop', 'SIGTERM', isRunning || phase === 'starting');
    if (phase === 'frozen') show(this.#freeze, 'thaw', 'Thaw', 'SIGCONT');
    else show(this.#freeze, 'freeze', 'Freeze', 'SIGSTOP', isRunning);
    if (isCutOff) show(this.#cut, 'reconnect', 'Reconnect', 'network');
    else show(this.#cut, 'cut-off', 'Cut off', 'network', isRunning);
    show(this.#remove, 'remove', 'Remove', isGone ? 'from this page' : 'ends the process');
  }
}
