import { byId, element } from '../dom.js';
import { CROSS } from './lanes.js';

type Swatch = d3.Selection<SVGGElement, undefined, null, undefined>;

const WIDTH = 18;
const HEIGHT = 12;
const MIDDLE = WIDTH / 2;

const bar = (kind?: string) => (swatch: Swatch) => {
  const rect = swatch.append('rect').attr('width', WIDTH).attr('height', HEIGHT);
  if (kind) rect.attr('data-kind', kind);
};

/** Each mark of the timeline: the layer that it is drawn in, how, and what it means. */
const ENTRIES: readonly (readonly [layer: string, draw: (swatch: Swatch) => void, text: string])[] =
  [
    ['reigns', bar(), 'leads'],
    ['gaps', bar(), 'no leader'],
    [
      'marks',
      (swatch) => swatch.append('circle').attr('cx', MIDDLE).attr('cy', 6).attr('r', 3.5),
      'runs the job',
    ],
    [
      'marks',
      (swatch) =>
        swatch.append('line').attr('x1', MIDDLE).attr('x2', MIDDLE).attr('y1', 3).attr('y2', 9),
      'heartbeat',
    ],
    ['projection', bar('trust'), 'may act'],
    ['projection', bar('lease'), 'may not act'],
    ['conditions', bar('frozen'), 'frozen'],
    ['conditions', bar('cut off'), 'cut off'],
    [
      'alive',
      (swatch) =>
        swatch.append('path').attr('d', CROSS).attr('transform', `translate(${MIDDLE},6)`),
      'process ended',
    ],
  ];

/** What the marks of the timeline mean, drawn with the same styles. */
export function drawLegend(): void {
  for (const [layer, draw, text] of ENTRIES) {
    const swatch = d3.create('svg').attr('width', WIDTH).attr('height', HEIGHT);
    draw(swatch.append('g').attr('class', layer));
    byId('legend').append(element('li', {}, swatch.node() ?? '', text));
  }
}
