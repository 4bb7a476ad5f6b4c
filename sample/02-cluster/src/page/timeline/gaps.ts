import { duration } from '../../state/duration.js';
import { gaps } from '../../state/reigns.js';
import {
  drawSpans,
  GUTTER,
  isVisible,
  keyOf,
  LEADER_BOX,
  startOf,
  widthOf,
  type Layer,
  type Scene,
  type Span,
} from './scene.js';

const BOTTOM = LEADER_BOX.y + LEADER_BOX.height;
/** The size of a pill and of its text, in pixels. */
const PILL_HEIGHT = 18;
const PADDING = 16;
const CHARACTER_WIDTH = 6.6;
/** The minimum distance from a pill to the line at now, or to the next pill. */
const DISTANCE = 4;

interface Gap extends Span {
  readonly time: string;
}

/** When nobody led, including the time that has not ended yet. */
function gapsOf({ cluster: { reigns }, now }: Scene): Gap[] {
  const ended = gaps(reigns).map(({ from, to, milliseconds }) => ({
    from: from.to ?? now,
    to: to.from,
    time: duration(milliseconds),
  }));
  const last = reigns.at(-1)?.to;
  if (last === undefined) return ended;
  return [...ended, { from: last, to: now, time: duration(Math.max(0, now - last)) }];
}

/** Nobody led: hatched, with the time on a pill, since most of these gaps are narrower than a pixel. */
export function drawGaps(hatched: Layer, pills: Layer, scene: Scene): void {
  const shown = gapsOf(scene).filter((gap) => isVisible(gap, scene));
  drawSpans(hatched, shown, scene, () => LEADER_BOX).attr('width', (gap) =>
    Math.max(3, widthOf(gap, scene)),
  );

  const pill = pills
    .selectAll<SVGGElement, Pill>('g')
    .data(pillsOf(shown, scene), keyOf)
    .join((enter) => {
      const added = enter.append('g');
      added.append('rect');
      added.append('text');
      return added;
    })
    .attr('transform', ({ middle }) => `translate(${middle},${BOTTOM + 1})`);
  pill
    .select('rect')
    .attr('x', (gap) => -pillWidth(gap) / 2)
    .attr('y', -PILL_HEIGHT / 2)
    .attr('width', pillWidth)
    .attr('height', PILL_HEIGHT)
    .attr('rx', PILL_HEIGHT / 2);
  pill
    .select('text')
    .attr('text-anchor', 'middle')
    .attr('y', 4)
    .text(({ time }) => time);
}

interface Pill extends Gap {
  readonly middle: number;
}

/** Centres each pill below its gap, or moves it left if it would cover something; leaves it out if there is no room. */
function pillsOf(shown: readonly Gap[], scene: Scene): Pill[] {
  let right = scene.x(scene.now) - DISTANCE;
  return shown.toReversed().flatMap((gap) => {
    const half = pillWidth(gap) / 2;
    const below = startOf(gap, scene) + widthOf(gap, scene) / 2;
    const middle = Math.min(Math.max(GUTTER + half, below), right - half);
    if (middle < GUTTER + half) return [];
    right = middle - half - DISTANCE;
    return [{ ...gap, middle }];
  });
}

function pillWidth({ time }: Gap): number {
  return PADDING + CHARACTER_WIDTH * time.length;
}
