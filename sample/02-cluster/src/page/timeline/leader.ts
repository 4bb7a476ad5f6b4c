import { duration } from '../../state/duration.js';
import { nameOf } from '../../state/instances.js';
import { failovers } from '../../state/reigns.js';
import {
  drawSpans,
  GUTTER,
  isVisible,
  LEADER_BOX,
  startOf,
  widthOf,
  type Layer,
  type Scene,
} from './scene.js';

const BOTTOM = LEADER_BOX.y + LEADER_BOX.height;
/** What a name needs, and what a name and a term need. */
const NAME_WIDTH = 26;
const TERM_WIDTH = 110;

/** Who led. */
export function drawLeader(layer: Layer, scene: Scene): void {
  const shown = scene.cluster.reigns.filter((reign) => isVisible(reign, scene));
  drawSpans(layer, shown, scene, () => LEADER_BOX).attr('data-instance', (reign) => reign.instance);
  layer
    .selectAll('text')
    .data(shown.filter((reign) => widthOf(reign, scene) > NAME_WIDTH))
    .join('text')
    .attr('x', (reign) => startOf(reign, scene) + 8)
    .attr('y', LEADER_BOX.y + LEADER_BOX.height / 2 + 5)
    .text((reign) =>
      widthOf(reign, scene) > TERM_WIDTH
        ? `${nameOf(reign.instance)}  term ${reign.term}`
        : nameOf(reign.instance),
    );
}

interface Gap {
  readonly from: number;
  readonly to: number;
  readonly milliseconds: number;
}

/** When nobody led, the time that still runs included. */
function gapsOf({ cluster, now }: Scene): Gap[] {
  const ended = failovers(cluster.reigns).map(({ from, to, milliseconds }) => ({
    from: from.to ?? now,
    to: to.from,
    milliseconds,
  }));
  const last = cluster.reigns.at(-1)?.to;
  return last === undefined ? ended : [...ended, { from: last, to: now, milliseconds: now - last }];
}

/** Nobody led: hatched, and with the time, since most of them are shorter than a pixel. */
export function drawGaps(layer: Layer, scene: Scene): void {
  const shown = gapsOf(scene).filter((gap) => isVisible(gap, scene));
  const width = (gap: Gap) => Math.max(3, widthOf(gap, scene));
  layer
    .selectAll('.gap')
    .data(shown)
    .join('rect')
    .attr('class', 'gap')
    .attr('x', (gap) => startOf(gap, scene))
    .attr('width', width)
    .attr('y', LEADER_BOX.y)
    .attr('height', LEADER_BOX.height);
  const label = layer.selectAll<SVGGElement, Gap>('g').data(shown).join('g');
  label.attr('transform', (gap) => {
    const middle = Math.max(GUTTER + 30, startOf(gap, scene) + width(gap) / 2);
    return `translate(${middle},${BOTTOM + 1})`;
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
