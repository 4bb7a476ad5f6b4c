import { nameOf } from '../../state/instances.js';
import type { Condition } from '../../state/marks.js';
import {
  drawSpans,
  GUTTER,
  isVisible,
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
    .data(numbers)
    .join('line')
    .attr('x1', GUTTER)
    .attr('x2', scene.right)
    .attr('y1', (number) => top(number) + 0.5)
    .attr('y2', (number) => top(number) + 0.5);
}

/** From when to when each instance lived, was frozen, or was cut off. */
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

/** A cross where a process ended. */
function drawEnds(layer: Layer, lives: readonly Condition[], scene: Scene): void {
  layer
    .selectAll('path')
    .data(lives.filter(({ to }) => to !== undefined))
    .join('path')
    .attr('d', 'M-5,-5L5,5M-5,5L5,-5')
    .attr('transform', ({ instance, to = scene.now }) => {
      const middle = (laneOf(scene, instance) ?? 0) + LANE_HEIGHT / 2;
      return `translate(${scene.x(to)},${middle})`;
    });
}

/** From when to when each instance led. */
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
  const isShown = (mark: { instance: number; at: number }) =>
    hasLane(scene)(mark) && isVisible(momentOf(mark), scene);
  layer
    .selectAll('line')
    .data(heartbeats.filter(isShown))
    .join('line')
    .attr('x1', ({ at }) => x(at))
    .attr('x2', ({ at }) => x(at))
    .attr('y1', ({ instance }) => top(instance) + LANE_HEIGHT - 9)
    .attr('y2', ({ instance }) => top(instance) + LANE_HEIGHT - 3);
  layer
    .selectAll('circle')
    .data(runs.filter(isShown))
    .join('circle')
    .attr('cx', ({ at }) => x(at))
    .attr('cy', ({ instance }) => top(instance) + LANE_HEIGHT / 2)
    .attr('r', 3.5);
}

function momentOf({ at }: { readonly at: number }): Span {
  return { from: at, to: at };
}
