// Two instances, of which the leader works on a queue of BullMQ.
import 'reflect-metadata';
import { BullModule } from '@nestjs/bullmq';
import { Queue } from 'bullmq';
import { handOver } from '../hand-over.js';
import { InvoiceWorker } from './invoice.worker.js';

const connection = { url: process.env.REDIS_URL };
const queue = new Queue('invoices', { connection });

await handOver({
  imports: [BullModule.forRoot({ connection }), BullModule.registerQueue({ name: 'invoices' })],
  providers: [InvoiceWorker],
  add: (invoice) => queue.add('invoice', { invoice }),
});
await queue.close();
