import type { Cluster } from '../state/cluster.js';
import { duration } from '../state/duration.js';
import { nameOf } from '../state/instances.js';
import type { Condition } from '../state/marks.js';
import { failovers, type Reign } from '../state/reigns.js';
import type { LiveCluster } from './live-cluster.js';
import { byId, element } from './dom.js';
import { projections } from './projections.js';

const GUTTER = 44;
const RIGHT = 10;
const LEADER_HEIGHT = 40;
const LANE_HEIGHT = 34;
const TOP = 8;
const AXIS = 22;
const SECOND = 1_000;
/** What a label ahead of now needs. */
const LABEL_WIDTH = 58;

type Svg = d3.Selection<SVGGElement, unknown, null, undefined>;

/** What is drawn, at one moment. */
interface Scene {
  readonly cluster: Cluster;
  readonly now: number;
  readonly x: d3.ScaleLinear<number, number>;
  /** The top of an instance's lane; undefined if it has none. */
  readonly lane: (instance: number) => number | undefined;
  readonly right: number;
}

/** Who led from when to when, what happened to each instance, and how far the leader's lease reaches. */
export class Timeline {
  readonly #svg;
  readonly #layers: Record<
    | 'axis'
    | 'lanes'
    | 'alive'
    | 'reigns'
    | 'conditions'
    | 'lease'
    | 'marks'
    | 'leader'
    | 'gaps'
    | 'now',
    Svg
  >;

  constructor(private readonly container: HTMLElement) {
    // What it shows is also told in words: under "What happened", and in the table of failovers.
    this.#svg = d3
      .select(container)
      .append('svg')
      .attr('role', 'img')
      .attr(
        'aria-label',
        'A timeline of who led, which the list under “What happened” tells in words',
      );
    this.#definePatterns();
    const layer = (name: string): Svg => this.#svg.append('g').attr('class', name);
    this.#layers = {
      axis: layer('axis'),
      lanes: layer('lanes'),
      alive: layer('alive'),
      conditions: layer('conditions'),
      reigns: layer('reigns'),
      lease: layer('projection'),
      marks: layer('marks'),
      leader: layer('leader'),
      gaps: layer('gaps'),
      now: layer('now-line'),
    };
    drawLegend();
  }

  show({ cluster, setup, clock }: LiveCluster): void {
    if (!setup) return;
    const width = this.container.clientWidth;
    const isNarrow = width < 600;
    const past = (isNarrow ? 14 : 30) * SECOND;
    const future = setup.timings.leaseDuration + SECOND / 2;
    const now = clock.now();
    const x = d3.scaleLinear([now - past, now + future], [GUTTER, width - RIGHT]);
    const numbers = cluster.instances.map(({ number }) => number);
    const lane = (instance: number) => {
      const index = numbers.indexOf(instance);
      return index < 0 ? undefined : TOP + LEADER_HEIGHT + 10 + index * LANE_HEIGHT;
    };
    const height = TOP + LEADER_HEIGHT + 10 + numbers.length * LANE_HEIGHT + AXIS;
    this.#svg.attr('viewBox', `0 0 ${width} ${height}`).attr('width', width).attr('height', height);
    const scene: Scene = { cluster, now, x, lane, right: width - RIGHT };
    this.#drawAxis(scene, height, past, isNarrow);
    this.#drawLanes(scene, numbers);
    this.#drawConditions(scene);
    this.#drawReigns(scene);
    this.#drawLease(scene, setup.timings);
    this.#drawMarks(scene);
    this.#drawLeader(scene);
    this.#drawGaps(scene);
  }

  #definePatterns(): void {
    const defs = this.#svg.append('defs');
    for (const name of ['frozen', 'cut', 'gap']) {
      defs
        .append('pattern')
        .attr('id', `hatch-${name}`)
        .attr('class', `hatch ${name}`)
        .attr('patternUnits', 'userSpaceOnUse')
        .attr('width', 6)
        .attr('height', 6)
        .attr('patternTransform', name === 'cut' ? 'rotate(-45)' : 'rotate(45)')
        .call((pattern) => {
          pattern.append('rect').attr('width', 6).attr('height', 6).attr('class', 'ground');
          pattern.append('rect').attr('width', 3).attr('height', 6).attr('class', 'stripe');
        });
    }
  }

  #drawAxis({ x, now, right }: Scene, height: number, past: number, isNarrow: boolean): void {
    const step = (isNarrow ? 5 : 10) * SECOND;
    const ticks = d3.range(-Math.floor(past / step) * step, 0.1, step).concat(5 * SECOND);
    const { axis, now: line } = this.#layers;
    const bottom = height - AXIS;
    axis
      .selectAll('line')
      .data(ticks)
      .join('line')
      .attr('x1', (tick) => x(now + tick))
      .attr('x2', (tick) => x(now + tick))
      .attr('y1', TOP)
      .attr('y2', bottom);
    axis
      .selectAll('text')
      .data(ticks)
      .join('text')
      .attr('x', (tick) => Math.min(x(now + tick), right - 12))
      .attr('y', height - 6)
      .attr('text-anchor', 'middle')
      .text((tick) => (tick === 0 ? 'now' : `${tick > 0 ? '+' : '−'}${Math.abs(tick) / SECOND} s`));
    line
      .selectAll('line')
      .data([now])
      .join('line')
      .attr('x1', x)
      .attr('x2', x)
      .attr('y1', TOP - 4)
      .attr('y2', bottom + 4);
  }

  #drawLanes({ cluster, lane, right }: Scene, numbers: readonly number[]): void {
    const { lanes } = this.#layers;
    lanes
      .selectAll<SVGTextElement, number>('text.name')
      .data(numbers, String)
      .join('text')
      .attr('class', 'name')
      .attr('data-instance', String)
      .attr('x', 6)
      .attr('y', (number) => (lane(number) ?? 0) + LANE_HEIGHT / 2 + 5)
      .text(nameOf);
    lanes
      .selectAll('text.title')
      .data(['leader'])
      .join('text')
      .attr('class', 'title')
      .attr('x', 0)
      .attr('y', TOP + LEADER_HEIGHT / 2 + 4)
      .text(String);
    lanes
      .selectAll<SVGLineElement, number>('line')
      .data(cluster.instances.map(({ number }) => number))
      .join('line')
      .attr('x1', GUTTER)
      .attr('x2', right)
      .attr('y1', (number) => (lane(number) ?? 0) + 0.5)
      .attr('y2', (number) => (lane(number) ?? 0) + 0.5);
  }

  #drawConditions(scene: Scene): void {
    const { conditions } = scene.cluster.marks;
    const inLane = conditions.filter(
      ({ instance, to = scene.now }) =>
        instance !== undefined && scene.lane(instance) !== undefined && scene.x(to) > GUTTER,
    );
    rects(
      this.#layers.alive,
      inLane.filter(({ kind }) => kind === 'alive'),
      scene,
      (one) => ({
        y: laneOf(scene, one) + LANE_HEIGHT / 2 - 2,
        height: 4,
      }),
    );
    const faults = inLane.filter(({ kind }) => kind !== 'alive');
    rects(this.#layers.conditions, faults, scene, (one) => ({
      y: laneOf(scene, one) + 4,
      height: LANE_HEIGHT - 8,
    })).attr('data-kind', ({ kind }) => kind);
    this.#drawEnds(scene, inLane);
  }

  /** A cross where a process ended. */
  #drawEnds(scene: Scene, conditions: readonly Condition[]): void {
    const ends = conditions.filter(({ kind, to }) => kind === 'alive' && to !== undefined);
    this.#layers.alive
      .selectAll('path')
      .data(ends)
      .join('path')
      .attr('d', 'M-5,-5L5,5M-5,5L5,-5')
      .attr('transform', (one) => {
        const y = laneOf(scene, one) + LANE_HEIGHT / 2;
        return `translate(${scene.x(one.to ?? scene.now)},${y})`;
      });
  }

  #drawReigns(scene: Scene): void {
    const shown = scene.cluster.reigns.filter(
      (reign) => scene.lane(reign.instance) !== undefined && isVisible(reign, scene),
    );
    rects(this.#layers.reigns, shown, scene, (reign) => ({
      y: laneOf(scene, reign) + 9,
      height: LANE_HEIGHT - 18,
    })).attr('data-instance', ({ instance }) => instance);
  }

  #drawLease(scene: Scene, timings: Parameters<typeof projections>[1]): void {
    const shown = projections(scene.cluster, timings, scene.now).filter(
      ({ instance }) => scene.lane(instance) !== undefined,
    );
    rects(this.#layers.lease, shown, scene, (one) => ({
      y: laneOf(scene, one) + 9,
      height: LANE_HEIGHT - 18,
    }))
      .attr('data-instance', ({ instance }) => instance)
      .attr('data-kind', ({ kind }) => kind);
    this.#layers.lease
      .selectAll('text')
      .data(
        shown.filter(
          ({ isInDanger, from, to }) => isInDanger && scene.x(to) - scene.x(from) > LABEL_WIDTH,
        ),
      )
      .join('text')
      .attr('x', ({ from, to }) => scene.x((from + to) / 2))
      .attr('y', (one) => laneOf(scene, one) + LANE_HEIGHT / 2 + 4)
      .attr('text-anchor', 'middle')
      .text(({ kind }) => (kind === 'trust' ? 'gates open' : 'gates shut'));
  }

  #drawMarks({ cluster, lane, x }: Scene): void {
    const { heartbeats, runs } = cluster.marks;
    const isShown = (mark: { instance: number; at: number }) =>
      lane(mark.instance) !== undefined && x(mark.at) > GUTTER;
    this.#layers.marks
      .selectAll('line')
      .data(heartbeats.filter(isShown))
      .join('line')
      .attr('x1', ({ at }) => x(at))
      .attr('x2', ({ at }) => x(at))
      .attr('y1', ({ instance }) => (lane(instance) ?? 0) + LANE_HEIGHT - 9)
      .attr('y2', ({ instance }) => (lane(instance) ?? 0) + LANE_HEIGHT - 3);
    this.#layers.marks
      .selectAll('circle')
      .data(runs.filter(isShown))
      .join('circle')
      .attr('cx', ({ at }) => x(at))
      .attr('cy', ({ instance }) => (lane(instance) ?? 0) + LANE_HEIGHT / 2)
      .attr('r', 3.5);
  }

  #drawLeader(scene: Scene): void {
    const shown = scene.cluster.reigns.filter((reign) => isVisible(reign, scene));
    const box = () => ({ y: TOP, height: LEADER_HEIGHT });
    rects(this.#layers.leader, shown, scene, box).attr('data-instance', ({ instance }) => instance);
    this.#layers.leader
      .selectAll('text')
      .data(shown.filter((reign) => widthOf(reign, scene) > 26))
      .join('text')
      .attr('x', ({ from }) => Math.max(GUTTER, scene.x(from)) + 8)
      .attr('y', TOP + LEADER_HEIGHT / 2 + 5)
      .text((reign) =>
        widthOf(reign, scene) > 110
          ? `${nameOf(reign.instance)}  term ${reign.term}`
          : nameOf(reign.instance),
      );
  }

  /** Nobody led: hatched, and with the time, since most of them are shorter than a pixel. */
  #drawGaps(scene: Scene): void {
    const { cluster, now, x } = scene;
    const ended = failovers(cluster.reigns).map(({ from, to, milliseconds }) => ({
      from: from.to ?? now,
      to: to.from,
      milliseconds,
    }));
    const last = cluster.reigns.at(-1)?.to;
    const all =
      last === undefined ? ended : [...ended, { from: last, to: now, milliseconds: now - last }];
    const shown = all.filter(({ to }) => x(to) > GUTTER);
    const start = ({ from }: { from: number }) => Math.max(GUTTER, x(from));
    const width = (gap: { from: number; to: number }) => Math.max(3, x(gap.to) - start(gap));
    this.#layers.gaps
      .selectAll('.gap')
      .data(shown)
      .join('rect')
      .attr('class', 'gap')
      .attr('x', start)
      .attr('width', width)
      .attr('y', TOP)
      .attr('height', LEADER_HEIGHT);
    const label = this.#layers.gaps
      .selectAll<SVGGElement, (typeof shown)[number]>('g')
      .data(shown)
      .join('g');
    label.attr('transform', (gap) => {
      const middle = Math.max(GUTTER + 30, start(gap) + width(gap) / 2);
      return `translate(${middle},${TOP + LEADER_HEIGHT + 1})`;
    });
    label
      .selectAll('rect')
      .data([0])
      .join('rect')
      .attr('x', -28)
      .attr('y', -9)
      .attr('width', 56)
      .attr('height', 18)
      .attr('rx', 9);
    label
      .selectAll('text')
      .data(({ milliseconds }) => [milliseconds])
      .join('text')
      .attr('text-anchor', 'middle')
      .attr('y', 4)
      .text(duration);
  }
}

interface Span {
  readonly from: number;
  readonly to?: number | undefined;
}

function rects<T extends Span>(
  layer: Svg,
  spans: readonly T[],
  { x, now }: Scene,
  box: (span: T) => { y: number; height: number },
): d3.Selection<SVGRectElement, T, SVGGElement, unknown> {
  return layer
    .selectAll<SVGRectElement, T>('rect')
    .data(spans)
    .join('rect')
    .attr('x', ({ from }) => Math.max(GUTTER, x(from)))
    .attr('width', ({ from, to = now }) => Math.max(2, x(to) - Math.max(GUTTER, x(from))))
    .attr('y', (span) => box(span).y)
    .attr('height', (span) => box(span).height);
}

function isVisible({ to }: Span, { x, now }: Scene): boolean {
  return x(to ?? now) > GUTTER;
}

function widthOf({ from, to }: Reign, { x, now }: Scene): number {
  return x(to ?? now) - Math.max(GUTTER, x(from));
}

function laneOf({ lane }: Scene, { instance }: { readonly instance?: number | undefined }): number {
  return (instance === undefined ? undefined : lane(instance)) ?? 0;
}

function drawLegend(): void {
  const entries = {
    leads: 'leads',
    run: 'runs the job',
    beat: 'heartbeat',
    frozen: 'frozen',
    cut: 'cut off',
    gap: 'nobody leads',
    lease: 'lease',
  };
  for (const [kind, text] of Object.entries(entries)) {
    byId('legend').append(element('li', { 'data-kind': kind }, element('i'), text));
  }
}
