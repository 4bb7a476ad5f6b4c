import { countdown } from '../state/duration.js';
import type { LeaseLeft } from '../state/lease.js';
import type { ClusterTimings } from '../timings.js';
import { element, setAttribute, setText } from './dom.js';

/** What is left of a lease, from right to left: first the time in which the leader may act, then the rest. */
export class LeaseBar {
  readonly element = element('div', {
    class: 'lease',
    role: 'meter',
    'aria-valuemin': '0',
    'aria-valuenow': '0',
  });
  readonly #fill = element('div', { class: 'lease-fill' });
  readonly #mark = element('div', { class: 'lease-mark' });
  readonly #end = element('span', { class: 'lease-label' }, 'lock free');
  readonly #deadline = element('span', { class: 'lease-label' }, 'may not act');
  readonly #text = element('p', { class: 'lease-text' });

  constructor(label: string) {
    this.element.setAttribute('aria-label', label);
    this.element.append(
      this.#text,
      element('div', { class: 'lease-track' }, this.#fill, this.#mark, this.#end, this.#deadline),
    );
  }

  /**
   * @param isLost whether no heartbeat can renew it
   * @param owner whose lease it is, if that is not obvious
   */
  show(
    left: LeaseLeft | undefined,
    timings: ClusterTimings,
    isLost: boolean,
    owner?: string,
  ): void {
    const { lease = 0, trust = 0 } = left ?? {};
    const { leaseDuration, renewDeadline } = timings;
    // On a busy machine a heartbeat may be late.
    const isInDanger = isLost || trust < renewDeadline / 2;
    const stage = !left ? 'none' : trust > 0 ? 'confirmed' : lease > 0 ? 'unconfirmed' : 'over';
    const deadline = `${100 * (1 - renewDeadline / leaseDuration)}%`;
    setAttribute(this.element, 'data-stage', stage);
    setAttribute(this.element, 'data-danger', String(Boolean(left) && isInDanger));
    this.#fill.style.width = `${(100 * lease) / leaseDuration}%`;
    this.#mark.style.left = deadline;
    this.#deadline.style.left = deadline;
    setAttribute(this.element, 'aria-valuemax', String(leaseDuration / 1_000));
    // In whole seconds: finer steps would be read out all the time.
    setAttribute(this.element, 'aria-valuenow', String(Math.ceil(lease / 1_000)));
    const text = textOf(stage, trust, lease, isInDanger);
    setText(this.#text, owner ? `Lease of ${owner}: ${text}` : text);
  }
}

function textOf(stage: string, trust: number, lease: number, isInDanger: boolean): string {
  if (stage === 'none') return 'none';
  if (stage === 'over') return 'expired';
  if (!isInDanger) return 'renewed by every heartbeat';
  const free = `lock free in ${countdown(lease)}`;
  return stage === 'confirmed'
    ? `may act for ${countdown(trust)}, ${free}`
    : `may not act, ${free}`;
}
