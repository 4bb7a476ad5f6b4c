import { duration } from '../state/duration.js';
import { type Cause, failovers, type Gap, gaps, overlaps } from '../state/reigns.js';
import { byId, element, setAttribute, setText } from './dom.js';
import type { LiveCluster } from './live-cluster.js';

/** In the order of their buttons, with what limits the time without a leader. */
const CAUSES: readonly (readonly [Cause, string])[] = [
  ['killed', 'the heir asks every 50 ms'],
  ['stopped', 'with its job'],
  ['frozen', 'until its lease runs out'],
  ['cut off', 'once it may not act'],
  ['PostgreSQL restarted', 'with the wait'],
];

/** From 5 ms to 15 s, which is more than a lease. */
const DOMAIN = [5, 15_000] as const;
const TICKS = [10, 100, 1_000, 10_000];
const WIDTH = 340;
const HEIGHT = 18;
/** Half of the widest label. */
const MARGIN = 18;

/** A row for each cause: the times without a leader on one logarithmic scale, and the last of them in figures. */
export class FailoversView {
  readonly #x = d3.scaleLog(DOMAIN, [MARGIN, WIDTH - MARGIN]).clamp(true);
  readonly #rows = CAUSES.map(([cause, hint]) => new Row(cause, hint, this.#x));
  readonly #uncounted = element('p', { class: 'note' });
  #shown: string | undefined;

  constructor() {
    const axis = d3.create('svg').attr('viewBox', `0 0 ${WIDTH} 14`).attr('aria-hidden', 'true');
    axis
      .selectAll('text')
      .data(TICKS)
      .join('text')
      .attr('x', (tick) => this.#x(tick))
      .attr('y', 11)
      .attr('text-anchor', 'middle')
      .text((tick) => (tick < 1_000 ? `${tick} ms` : `${tick / 1_000} s`));
    const head = element(
      'tr',
      {},
      element('th', { scope: 'col' }, 'Cause'),
      element('th', { scope: 'col' }, 'Last'),
      element(
        'th',
        { scope: 'col' },
        element('span', { class: 'visually-hidden' }, 'All'),
        axis.node() ?? '',
      ),
    );
    const body = element('tbody', {}, ...this.#rows.map((row) => row.element));
    byId('failovers').append(
      element('table', { class: 'failovers' }, element('thead', {}, head), body),
      this.#uncounted,
    );
  }

  show({ cluster: { reigns } }: LiveCluster): void {
    const all = gaps(reigns);
    // They seldom change, and are drawn after everything that happens.
    const key = all
      .map(({ milliseconds, cause, draining }) => `${cause} ${milliseconds} ${draining}`)
      .join();
    if (key === this.#shown) return;
    this.#shown = key;
    const counted = failovers(reigns);
    for (const row of this.#rows) row.show(counted.filter(({ cause }) => cause === row.cause));
    setText(this.#uncounted, notCounted(all.length - counted.length));
    const twice = overlaps(reigns);
    const text = twice === 0 ? 'Two leaders at once: never' : `Two leaders at once: ${twice} times`;
    setText(byId('overlaps'), text);
    setAttribute(byId('overlaps'), 'data-tone', twice === 0 ? 'good' : 'bad');
  }
}

function notCounted(number: number): string {
  if (number === 0) return '';
  return `Not counted: ${number === 1 ? 'one gap' : `${number} gaps`} in which at times no instance could lead.`;
}

class Row {
  readonly element: HTMLElement;
  readonly #last = element('td', { class: 'figure' }, '–');
  readonly #svg;

  constructor(
    readonly cause: Cause,
    hint: string,
    private readonly x: d3.ScaleLogarithmic<number, number>,
  ) {
    this.#svg = d3
      .create('svg')
      .attr('viewBox', `0 0 ${WIDTH} ${HEIGHT}`)
      .attr('aria-hidden', 'true');
    for (const tick of TICKS) {
      this.#svg
        .append('line')
        .attr('class', 'grid')
        .attr('x1', x(tick))
        .attr('x2', x(tick))
        .attr('y2', HEIGHT);
    }
    this.element = element(
      'tr',
      { 'data-cause': cause },
      element('th', { scope: 'row' }, cause, element('small', {}, hint)),
      this.#last,
      element('td', {}, this.#svg.node() ?? ''),
    );
  }

  show(own: readonly Gap[]): void {
    const last = own.at(-1);
    setText(this.#last, last ? duration(last.milliseconds) : '–');
    if (last && last.draining > 0) {
      const after = duration(Math.max(0, last.milliseconds - last.draining));
      this.#last.append(element('small', {}, `${after} after its job`));
    }
    this.#svg
      .selectAll('circle')
      .data(own)
      .join('circle')
      .attr('cx', ({ milliseconds }) => this.x(Math.max(DOMAIN[0], milliseconds)))
      .attr('cy', HEIGHT / 2)
      .attr('r', (gap) => (gap === last ? 6 : 4))
      .attr('class', (gap) => (gap === last ? 'last' : 'earlier'));
  }
}
