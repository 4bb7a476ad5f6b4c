import { projections } from './projections.js';
import { hasLane, inLane } from './lanes.js';
import { drawSpans, LANE_HEIGHT, laneOf, type Layer, type Scene } from './scene.js';

/** What a label needs. */
const LABEL_WIDTH = 58;

/** How far ahead of now the leader may act, and the lock is held, if the server answers no more. */
export function drawLease(layer: Layer, scene: Scene): void {
  const { cluster, timings, now, x } = scene;
  const shown = projections(cluster, timings, now).filter(hasLane(scene));
  drawSpans(layer, shown, scene, inLane(scene, 9))
    .attr('data-instance', ({ instance }) => instance)
    .attr('data-kind', ({ kind }) => kind);
  layer
    .selectAll('text')
    .data(shown.filter(({ isInDanger, from, to }) => isInDanger && x(to) - x(from) > LABEL_WIDTH))
    .join('text')
    .attr('x', ({ from, to }) => x((from + to) / 2))
    .attr('y', ({ instance }) => (laneOf(scene, instance) ?? 0) + LANE_HEIGHT / 2 + 4)
    .attr('text-anchor', 'middle')
    .text(({ kind }) => (kind === 'trust' ? 'may act' : 'may not act'));
}
