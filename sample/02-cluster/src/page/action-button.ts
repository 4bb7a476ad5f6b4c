import { act } from './act.js';
import { element, setAttribute, setText } from './dom.js';

export interface ButtonState {
  readonly label: string;
  /** What it acts on, if the label alone does not say so. */
  readonly subject?: string;
  /** What it does, technically; or why it can't. */
  readonly hint: string;
  readonly path: string;
  readonly isPossible: boolean;
  /** Only of a switch. */
  readonly isOn?: boolean;
}

/**
 * A button whose meaning may change (Freeze, Thaw), and which keeps the keyboard focus all the while: it is never
 * removed, and never disabled in the browser's sense; it only says that it has no effect at the moment.
 */
export class ActionButton {
  readonly element = element('button', { type: 'button' });
  readonly #label = element('span');
  readonly #hint = element('small');
  #state: ButtonState | undefined;

  constructor(kind: string) {
    this.element.dataset['kind'] = kind;
    this.element.append(this.#label, this.#hint);
    this.element.addEventListener('click', () => {
      if (this.#state?.isPossible) void act(this.#state.path);
    });
  }

  show(state: ButtonState): void {
    this.#state = state;
    const { label, subject, hint, isPossible, isOn } = state;
    setText(this.#label, label);
    setText(this.#hint, hint);
    setAttribute(this.element, 'aria-disabled', String(!isPossible));
    setAttribute(this.element, 'aria-label', subject ? `${label} ${subject}` : label);
    setAttribute(this.element, 'title', hint);
    if (isOn !== undefined) setAttribute(this.element, 'aria-pressed', String(isOn));
  }
}
