import { act } from './act.js';
import { element, setAttribute, setText } from './dom.js';

export interface ButtonState {
  readonly label: string;
  /** What it does, technically. */
  readonly hint: string;
  readonly path: string;
  readonly isPossible: boolean;
}

/**
 * A button that may mean something else a moment later (Freeze, Thaw) and keeps the keyboard's focus all the while: it is
 * never taken away, and where it makes no sense it says so instead of being disabled.
 */
export class ActionButton {
  readonly element = element('button', { type: 'button' });
  readonly #label = element('span');
  readonly #hint = element('small');
  #state: ButtonState | undefined;

  /** @param subject what it acts on, where its label alone does not tell */
  constructor(
    kind: string,
    private readonly subject?: string,
  ) {
    this.element.dataset['kind'] = kind;
    this.element.append(this.#label, this.#hint);
    this.element.addEventListener('click', () => {
      if (this.#state?.isPossible) void act(this.#state.path);
    });
  }

  show(state: ButtonState): void {
    this.#state = state;
    setText(this.#label, state.label);
    setText(this.#hint, state.hint);
    setAttribute(this.element, 'aria-disabled', String(!state.isPossible));
    const name = this.subject ? `${state.label} ${this.subject}` : state.label;
    setAttribute(this.element, 'aria-label', name);
    setAttribute(this.element, 'title', state.hint);
  }
}
