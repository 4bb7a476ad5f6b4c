// A worker of a job scheduler. There is no leader: any idle worker runs the next job.
import { setTimeout as delay } from 'node:timers/promises';
import { options, report } from '../../../child-processes/report-to-parent.mjs';
import { load } from '../../../../tooling/npm-packages/package-group.mjs';

const { home, redis, name, every, runs = 0, ...settings } = options;
const { Queue, Worker } = await load(home, 'bullmq');
const connection = { ...redis, maxRetriesPerRequest: null };

const queue = new Queue(name, { connection });
await queue.upsertJobScheduler('job', { every });
const worker = new Worker(
  name,
  async () => {
    report('leading');
    await delay(runs);
  },
  { ...settings, connection },
);
worker.on('error', () => {});
process.on('message', () => {
  report('stopped');
  void worker.close();
});
await worker.waitUntilReady();
report('standing by');
