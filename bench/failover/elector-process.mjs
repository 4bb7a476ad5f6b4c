import { Elector } from 'nestjs-leader-election/core';
import { report } from './report.mjs';

const stop = new AbortController();
process.on('message', () => stop.abort());

const elector = new Elector({
  ...JSON.parse(process.argv[2] ?? '{}'),
  onElected: () => report('elected'),
  onDemoted: () => report('stopped'),
});
await elector.run(stop.signal);
