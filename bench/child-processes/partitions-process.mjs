// An instance that shares partitions with others and keeps a journal of its elections and demotions.
import 'reflect-metadata';
import { NestFactory } from '@nestjs/core';
import {
  getPartitionsToken,
  LeaderElectionModule,
  LeaderOnly,
  partitions,
} from 'nestjs-leader-election';
import { monotonicNow } from '../../tooling/clock.mjs';
import { options, report } from './report-to-parent.mjs';

const { connection, instanceId, name, count } = options;
const set = partitions(name, count);

/** @type {{ type: 'elected' | 'demoted', partition: number | undefined, at: number }[]} */
const journal = [];

/** @param {'elected' | 'demoted'} type @param {import('nestjs-leader-election').Leadership} leadership */
function note(type, { partition }) {
  journal.push({ type, partition, at: monotonicNow() });
  report('journal', journal);
}

class Consumer {
  /** @param {import('nestjs-leader-election').Leadership} leadership */
  onElected(leadership) {
    note('elected', leadership);
  }

  /** @param {import('nestjs-leader-election').Leadership} leadership */
  onDemoted(leadership) {
    note('demoted', leadership);
  }
}

LeaderOnly(set)(Consumer);
// The module provides only tokens that were requested before it is set up.
const token = getPartitionsToken(set);
class App {}
const app = await NestFactory.createApplicationContext(
  {
    module: App,
    imports: [
      LeaderElectionModule.forRoot({ connection, instanceId, elections: [...set], spread: true }),
    ],
    providers: [Consumer],
  },
  { logger: false },
);
app.enableShutdownHooks();

/** @type {import('nestjs-leader-election').PartitionsService} */
const service = app.get(token);
report('journal', journal);
service.owned$.subscribe((owned) => {
  report('owned', owned);
});

// An instance that knows all leaders is connected and knows the fleet.
const numbers = Array.from(set, (_, partition) => partition);
const watch = setInterval(() => {
  const knowsAll = numbers.every((partition) => service.election(partition).leader);
  if (!knowsAll) return;
  clearInterval(watch);
  report('ready');
}, 10);
