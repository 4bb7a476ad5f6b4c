import type { LiveCluster } from '../live-cluster.js';
import { drawAxis } from './axis.js';
import { drawConditions, drawLanes, drawMarks, drawReigns } from './lanes.js';
import { drawGaps } from './gaps.js';
import { drawLeader } from './leader.js';
import { drawLease } from './lease.js';
import { drawLegend } from './legend.js';
import { sceneOf, type Layer } from './scene.js';

/** One above the other, the lowest first. */
const LAYERS = [
  'axis',
  'lanes',
  'alive',
  'conditions',
  'reigns',
  'projection',
  'marks',
  'leader',
  'leader-names',
  'gaps',
  'gap-times',
  'now-line',
] as const;

/** Who led and when, what happened to each instance, and how far the leader's lease reaches. */
export class Timeline {
  readonly #svg;
  readonly #layers: Record<(typeof LAYERS)[number], Layer>;

  constructor(private readonly container: HTMLElement) {
    // The list under "What happened" and the table of failovers say the same in words.
    this.#svg = d3
      .select(container)
      .append('svg')
      .attr('role', 'img')
      .attr(
        'aria-label',
        'A timeline of who led; the list under “What happened” says the same in words',
      );
    this.#defineHatches();
    this.#layers = Object.fromEntries(
      LAYERS.map((name) => [name, this.#svg.append('g').attr('class', name)]),
    ) as Record<(typeof LAYERS)[number], Layer>;
    drawLegend();
  }

  show({ cluster, setup, clock }: LiveCluster): void {
    if (!setup) return;
    const scene = sceneOf(cluster, setup.timings, clock.now(), this.container.clientWidth);
    const { width, height } = scene;
    this.#svg.attr('viewBox', `0 0 ${width} ${height}`).attr('width', width).attr('height', height);
    const layers = this.#layers;
    drawAxis(layers.axis, layers['now-line'], scene);
    drawLanes(layers.lanes, scene);
    drawConditions(layers.alive, layers.conditions, scene);
    drawReigns(layers.reigns, scene);
    drawLease(layers.projection, scene);
    drawMarks(layers.marks, scene);
    drawLeader(layers.leader, layers['leader-names'], scene);
    drawGaps(layers.gaps, layers['gap-times'], scene);
  }

  #defineHatches(): void {
    const defs = this.#svg.append('defs');
    for (const name of ['frozen', 'cut', 'gap']) {
      const hatch = defs
        .append('pattern')
        .attr('id', `hatch-${name}`)
        .attr('class', `hatch ${name}`)
        .attr('patternUnits', 'userSpaceOnUse')
        .attr('width', 6)
        .attr('height', 6)
        .attr('patternTransform', name === 'cut' ? 'rotate(-45)' : 'rotate(45)');
      hatch.append('rect').attr('width', 6).attr('height', 6).attr('class', 'ground');
      hatch.append('rect').attr('width', 3).attr('height', 6).attr('class', 'stripe');
    }
  }
}
