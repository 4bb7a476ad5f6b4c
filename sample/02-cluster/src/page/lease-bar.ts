import type { LeaseLeft } from '../state/lease.js';
import type { ClusterTimings } from '../timings.js';
import { element, setAttribute, setText } from './dom.js';

/** What is left of a lease, running out from right to left: first the leader's own trust, then the rest. */
export class LeaseBar {
  readonly element = element('div', {
    class: 'lease',
    role: 'meter',
    'aria-valuemin': '0',
    'aria-valuenow': '0',
  });
  readonly #fill = element('div', { class: 'lease-fill' });
  readonly #mark = element('div', { class: 'lease-mark' }, element('span', {}, 'may not act'));
  readonly #track = element('div', { class: 'lease-track' }, this.#fill, this.#mark);
  readonly #text = element('p', { class: 'lease-text' });

  constructor(label: string) {
    this.element.setAttribute('aria-label', label);
    this.element.append(this.#text, this.#track);
  }

  /** @param isLost whether no heartbeat can renew it */
  show(left: LeaseLeft | undefined, timings: ClusterTimings, isLost: boolean): void {
    const { lease = 0, trust = 0 } = left ?? {};
    const { leaseDuration, renewDeadline } = timings;
    // On a busy machine one may be late.
    const isInDanger = isLost || trust < renewDeadline / 2;
    const stage = !left ? 'none' : trust > 0 ? 'trusted' : lease > 0 ? 'shut' : 'over';
    setAttribute(this.element, 'data-stage', stage);
    setAttribute(this.element, 'data-danger', String(Boolean(left) && isInDanger));
    this.#fill.style.width = `${(100 * lease) / leaseDuration}%`;
    this.#mark.style.left = `${100 * (1 - renewDeadline / leaseDuration)}%`;
    setAttribute(this.element, 'aria-valuemax', String(leaseDuration / 1_000));
    // In whole seconds: finer steps would be read out all the time.
    setAttribute(this.element, 'aria-valuenow', String(Math.ceil(lease / 1_000)));
    setText(this.#text, textOf(stage, trust, lease, isInDanger));
  }
}

function textOf(stage: string, trust: number, lease: number, isInDanger: boolean): string {
  const seconds = (milliseconds: number) => `${(milliseconds / 1_000).toFixed(1)} s`;
  if (stage === 'none') return 'No lease';
  if (stage === 'over') return 'Its lease has run out';
  if (!isInDanger) return 'Lease: renewed by every heartbeat';
  return stage === 'trusted'
    ? `Lease: may act for ${seconds(trust)}, lock free in ${seconds(lease)}`
    : `Lease: may not act, lock free in ${seconds(lease)}`;
}
