import { Elector } from 'nestjs-leader-election/core';
import { options, report } from '../../../child-processes/report-to-parent.mjs';

const stop = new AbortController();
process.on('message', () => stop.abort());

const elector = new Elector({
  ...options,
  onElected: () => report('leading'),
  onDemoted: () => report('stopped'),
});
const watch = setInterval(() => {
  if (elector.role !== 'heir') return;
  report('standing by');
  clearInterval(watch);
}, 5);
await elector.run(stop.signal);
