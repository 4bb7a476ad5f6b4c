import { Processor, WorkerHost } from '@nestjs/bullmq';
import type { Job } from 'bullmq';
import { LeaderOnly, type OnDemoted, type OnElected } from 'nestjs-leader-election';
import { Ledger } from '../ledger.js';

@LeaderOnly()
@Processor('invoices', { autorun: false }) // no instance begins by itself
export class InvoiceWorker extends WorkerHost implements OnElected, OnDemoted {
  constructor(private readonly ledger: Ledger) {
    super();
  }

  async process(job: Job<{ invoice: number }>) {
    await this.ledger.enter(job.data.invoice);
  }

  async onElected() {
    await this.worker.resume(); // begins, and returns
  }

  async onDemoted() {
    await this.worker.pause(); // waits for the jobs that are running
  }
}
