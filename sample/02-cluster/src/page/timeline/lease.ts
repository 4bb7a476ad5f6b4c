import { projections, type Projection } from './projections.js';
import { hasLane, inLane } from './lanes.js';
import { drawSpans, type Layer, type Scene } from './scene.js';

const partOf = ({ instance, kind }: Projection) => `${instance} ${kind}`;

/** How far ahead of now the leader may act, and the lock is held, if the server no longer answers. */
export function drawLease(layer: Layer, scene: Scene): void {
  const { cluster, timings, now } = scene;
  const shown = projections(cluster, timings, now).filter(hasLane(scene));
  drawSpans(layer, shown, scene, inLane(scene, 9), partOf)
    .attr('data-instance', ({ instance }) => instance)
    .attr('data-kind', ({ kind }) => kind);
}
