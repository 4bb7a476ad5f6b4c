import { nameOf } from '../../state/instances.js';
import type { Condition } from '../../state/marks.js';
import {
  drawSpans,
  GUTTER,
  isVisible,
  keyOf,
  LANE_HEIGHT,
  laneOf,
  LEADER_BOX,
  type Layer,
  type Scene,
  type Span,
} from './scene.js';

interface OfAnInstance {
  readonly instance?: number | undefined;
}

/** A box inside an instance's lane. */
export const inLane =
  (scene: Scene, margin: number) =>
  ({ instance }: OfAnInstance) => ({
    y: (laneOf(scene, instance) ?? 0) + margin,
    height: LANE_HEIGHT - 2 * margin,
  });

export const hasLane =
  (scene: Scene) =>
  ({ instance }: OfAnInstance): boolean =>
    laneOf(scene, instance) !== undefined;

/** A lane for each instance, with its name. */
export function drawLanes(layer: Layer, scene: Scene): void {
  const numbers = scene.cluster.instances.map(({ number }) => number);
  const top = (number: number) => laneOf(scene, number) ?? 0;
  layer
    .selectAll<SVGTextElement, number>('text.name')
    .data(numbers, String)
    .join('text')
    .attr('class', 'name')
    .attr('data-instance', String)
    .attr('x', 6)
    .attr('y', (number) => top(number) + LANE_HEIGHT / 2 + 5)
    .text(nameOf);
  layer
    .selectAll('text.title')
    .data(['leader'])
    .join('text')
    .attr('class', 'title')
    .attr('x', 0)
    .attr('y', LEADER_BOX.y + LEADER_BOX.height / 2 + 4)
    .text(String);
  layer
    .selectAll<SVGLineElement, number>('line')
    .data(numbers, String)
    .join('line')
    .attr('x1', GUTTER)
    .attr('x2', scene.right)
    .attr('y1', (number) => top(number) + 0.5)
    .attr('y2', (number) => top(number) + 0.5);
}

/** When each instance was alive, frozen or cut off. */
export function drawConditions(alive: Layer, faults: Layer, scene: Scene): void {
  const shown = scene.cluster.marks.conditions.filter(
    (condition) => hasLane(scene)(condition) && isVisible(condition, scene),
  );
  const lives = shown.filter(({ kind }) => kind === 'alive');
  drawSpans(alive, lives, scene, inLane(scene, LANE_HEIGHT / 2 - 2));
  drawEnds(alive, lives, scene);
  drawSpans(
    faults,
    shown.filter(({ kind }) => kind !== 'alive'),
    scene,
    inLane(scene, 4),
  ).attr('data-kind', ({ kind }) => kind);
}

export const CROSS = 'M-5,-5L5,5M-5,5L5,-5';

/** A cross where a process ended. */
function drawEnds(layer: Layer, lives: readonly Condition[], scene: Scene): void {
  layer
    .selectAll<SVGPathElement, Condition>('path')
    .data(
      lives.filter(({ to }) => to !== undefined),
      keyOf,
    )
    .join('path')
    .attr('d', CROSS)
    .attr('transform', ({ instance, to = scene.now }) => {
      const middle = (laneOf(scene, instance) ?? 0) + LANE_HEIGHT / 2;
      return `translate(${scene.x(to)},${middle})`;
    });
}

/** When each instance led. */
export function drawReigns(layer: Layer, scene: Scene): void {
  const shown = scene.cluster.reigns.filter(
    (reign) => hasLane(scene)(reign) && isVisible(reign, scene),
  );
  drawSpans(layer, shown, scene, inLane(scene, 9)).attr('data-instance', (reign) => reign.instance);
}

/** The heartbeats of each instance, and the runs of the job. */
export function drawMarks(layer: Layer, scene: Scene): void {
  const { heartbeats, runs } = scene.cluster.marks;
  const { x } = scene;
  const top = (instance: number) => laneOf(scene, instance) ?? 0;
  const isShown = (mark: Moment) => hasLane(scene)(mark) && isVisible(spanOf(mark), scene);
  const key = (mark: Moment) => keyOf(spanOf(mark));
  layer
    .selectAll<SVGLineElement, Moment>('line')
    .data(heartbeats.filter(isShown), key)
    .join('line')
    .attr('x1', ({ at }) => x(at))
    .attr('x2', ({ at }) => x(at))
    .attr('y1', ({ instance }) => top(instance) + LANE_HEIGHT - 9)
    .attr('y2', ({ instance }) => top(instance) + LANE_HEIGHT - 3);
  layer
    .selectAll<SVGCircleElement, Moment>('circle')
    .data(runs.filter(isShown), key)
    .join('circle')
    .attr('cx', ({ at }) => x(at))
    .attr('cy', ({ instance }) => top(instance) + LANE_HEIGHT / 2)
    .attr('r', 3.5);
}

interface Moment {
  readonly instance: number;
  readonly at: number;
}

function spanOf({ instance, at }: Moment): Span {
  return { instance, from: at, to: at };
}
