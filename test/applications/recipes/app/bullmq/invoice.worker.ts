import { Processor, WorkerHost } from '@nestjs/bullmq';
import type { Job } from 'bullmq';
import { LeaderOnly, type OnDemoted, type OnElected } from 'nestjs-leader-election';
import { Ledger } from '../ledger.js';

@LeaderOnly()
@Processor('invoices', { autorun: false }) // does not start by itself
export class InvoiceWorker extends WorkerHost implements OnElected, OnDemoted {
  constructor(private readonly ledger: Ledger) {
    super();
  }

  async process(job: Job<{ invoice: number }>) {
    await this.ledger.enter(job.data.invoice);
  }

  async onElected() {
    await this.worker.resume(); // starts the worker and returns
  }

  async onDemoted() {
    await this.worker.pause(); // waits for running jobs
  }
}
