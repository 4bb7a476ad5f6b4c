import type { Cluster } from '../../state/cluster.js';
import type { ClusterTimings } from '../../timings.js';

/** Where lanes begin: their names are to the left of it. */
export const GUTTER = 44;
const RIGHT = 10;
const TOP = 8;
const AXIS = 22;
const BETWEEN = 10;
export const SECOND = 1_000;

/** The box that shows who led. */
export const LEADER_BOX = { y: TOP, height: 40 };
export const LANE_HEIGHT = 34;
const FIRST_LANE = LEADER_BOX.y + LEADER_BOX.height + BETWEEN;

export type Layer = d3.Selection<SVGGElement, unknown, null, undefined>;

/** What is drawn, at one moment. */
export interface Scene {
  readonly cluster: Cluster;
  readonly timings: ClusterTimings;
  readonly now: number;
  readonly x: d3.ScaleLinear<number, number>;
  /** How much of the past is shown, in milliseconds. */
  readonly past: number;
  readonly isNarrow: boolean;
  readonly width: number;
  readonly height: number;
  /** Where lanes end. */
  readonly right: number;
  /** Above the first mark, and below the last. */
  readonly top: number;
  readonly bottom: number;
}

export function sceneOf(
  cluster: Cluster,
  timings: ClusterTimings,
  now: number,
  width: number,
): Scene {
  const isNarrow = width < 600;
  const past = (isNarrow ? 14 : 30) * SECOND;
  const future = timings.leaseDuration + SECOND / 2;
  const right = width - RIGHT;
  const bottom = FIRST_LANE + cluster.instances.length * LANE_HEIGHT;
  return {
    cluster,
    timings,
    now,
    x: d3.scaleLinear([now - past, now + future], [GUTTER, right]),
    past,
    isNarrow,
    width,
    height: bottom + AXIS,
    right,
    top: TOP,
    bottom,
  };
}

/** The top of an instance's lane; undefined if it has none. */
export function laneOf({ cluster }: Scene, instance: number | undefined): number | undefined {
  const index = cluster.instances.findIndex(({ number }) => number === instance);
  return index < 0 ? undefined : FIRST_LANE + index * LANE_HEIGHT;
}

export interface Span {
  readonly instance?: number | undefined;
  readonly from: number;
  /** Undefined while it lasts. */
  readonly to?: number | undefined;
}

/** Identifies the element of a span when other spans are added or removed. */
export function keyOf({ instance, from }: Span): string {
  return `${instance} ${from}`;
}

export function startOf({ from }: Span, { x }: Scene): number {
  return Math.max(GUTTER, x(from));
}

export function widthOf(span: Span, scene: Scene): number {
  return scene.x(span.to ?? scene.now) - startOf(span, scene);
}

export function isVisible({ to }: Span, { x, now }: Scene): boolean {
  return x(to ?? now) > GUTTER;
}

/** A rectangle for each span, from its beginning to its end. */
export function drawSpans<T extends Span>(
  layer: Layer,
  spans: readonly T[],
  scene: Scene,
  box: (span: T) => { y: number; height: number },
  key: (span: T) => string = keyOf,
): d3.Selection<SVGRectElement, T, SVGGElement, unknown> {
  return layer
    .selectAll<SVGRectElement, T>('rect')
    .data(spans, key)
    .join('rect')
    .attr('x', (span) => startOf(span, scene))
    .attr('width', (span) => Math.max(2, widthOf(span, scene)))
    .attr('y', (span) => box(span).y)
    .attr('height', (span) => box(span).height);
}
