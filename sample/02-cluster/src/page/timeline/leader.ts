import { nameOf } from '../../state/instances.js';
import type { Reign } from '../../state/reigns.js';
import {
  drawSpans,
  isVisible,
  keyOf,
  LEADER_BOX,
  startOf,
  widthOf,
  type Layer,
  type Scene,
} from './scene.js';

/** How wide a bar must be for a name, and for a name and a term. */
const NAME_WIDTH = 26;
const TERM_WIDTH = 110;

/** Who led. */
export function drawLeader(bars: Layer, names: Layer, scene: Scene): void {
  const shown = scene.cluster.reigns.filter((reign) => isVisible(reign, scene));
  drawSpans(bars, shown, scene, () => LEADER_BOX).attr('data-instance', (reign) => reign.instance);
  names
    .selectAll<SVGTextElement, Reign>('text')
    .data(
      shown.filter((reign) => widthOf(reign, scene) > NAME_WIDTH),
      keyOf,
    )
    .join('text')
    .attr('x', (reign) => startOf(reign, scene) + 8)
    .attr('y', LEADER_BOX.y + LEADER_BOX.height / 2 + 5)
    .text((reign) =>
      widthOf(reign, scene) > TERM_WIDTH
        ? `${nameOf(reign.instance)}  term ${reign.term}`
        : nameOf(reign.instance),
    );
}
