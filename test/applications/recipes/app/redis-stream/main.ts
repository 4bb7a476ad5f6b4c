// Two instances, of which the leader consumes a stream of Redis.
import 'reflect-metadata';
import { Redis } from 'ioredis';
import { handOver } from '../hand-over.js';
import { InvoiceConsumer } from './invoice.consumer.js';

const redis = new Redis(String(process.env.REDIS_URL), { maxRetriesPerRequest: null });

await handOver({
  providers: [InvoiceConsumer, { provide: Redis, useValue: redis }],
  add: (invoice) => redis.xadd('invoices', '*', 'invoice', invoice),
});
const [pending] = (await redis.xpending('invoices', 'ledger')) as [number];
if (pending !== 0) throw new Error(`${pending} entries were not acknowledged`);
redis.disconnect();
