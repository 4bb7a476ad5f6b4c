import { projections, type Projection } from './projections.js';
import { hasLane, inLane } from './lanes.js';
import { drawSpans, LANE_HEIGHT, laneOf, type Layer, type Scene } from './scene.js';

/** How wide a part must be for its label. */
const LABEL_WIDTH = 64;

const partOf = ({ instance, kind }: Projection) => `${instance} ${kind}`;

/** How far ahead of now the leader may act, and the lock is held, if the server no longer answers. */
export function drawLease(parts: Layer, labels: Layer, scene: Scene): void {
  const { cluster, timings, now, x } = scene;
  const shown = projections(cluster, timings, now).filter(hasLane(scene));
  drawSpans(parts, shown, scene, inLane(scene, 9), partOf)
    .attr('data-instance', ({ instance }) => instance)
    .attr('data-kind', ({ kind }) => kind);
  const labelled = shown.filter(
    ({ isInDanger, from, to }) => isInDanger && x(to) - x(from) > LABEL_WIDTH,
  );
  labels
    .selectAll<SVGTextElement, Projection>('text')
    .data(labelled, partOf)
    .join('text')
    .attr('data-kind', ({ kind }) => kind)
    .attr('x', ({ from, to }) => x((from + to) / 2))
    .attr('y', ({ instance }) => (laneOf(scene, instance) ?? 0) + LANE_HEIGHT / 2 + 4)
    .attr('text-anchor', 'middle')
    .text(({ kind }) => (kind === 'trust' ? 'may act' : 'may not act'));
}
