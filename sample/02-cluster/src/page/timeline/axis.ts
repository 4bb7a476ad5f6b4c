import { SECOND, type Layer, type Scene } from './scene.js';

/** The seconds before and after now, and a line where now is. */
export function drawAxis(axis: Layer, nowLine: Layer, scene: Scene): void {
  const { x, now, past, isNarrow, right, top, bottom, height } = scene;
  const step = (isNarrow ? 5 : 10) * SECOND;
  const ticks = d3.range(-Math.floor(past / step) * step, 0.1, step).concat(5 * SECOND);
  axis
    .selectAll('line')
    .data(ticks)
    .join('line')
    .attr('x1', (tick) => x(now + tick))
    .attr('x2', (tick) => x(now + tick))
    .attr('y1', top)
    .attr('y2', bottom);
  axis
    .selectAll('text')
    .data(ticks)
    .join('text')
    .attr('x', (tick) => Math.min(x(now + tick), right - 12))
    .attr('y', height - 6)
    .attr('text-anchor', 'middle')
    .text((tick) => (tick === 0 ? 'now' : `${tick > 0 ? '+' : '−'}${Math.abs(tick) / SECOND} s`));
  nowLine
    .selectAll('line')
    .data([now])
    .join('line')
    .attr('x1', x)
    .attr('x2', x)
    .attr('y1', top - 4)
    .attr('y2', bottom + 4);
}
