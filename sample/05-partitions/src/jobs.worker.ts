import { setTimeout as delay } from 'node:timers/promises';
import { Injectable, Logger } from '@nestjs/common';
import {
  InjectPartitions,
  LeaderOnly,
  PartitionsService,
  type Leadership,
  type OnDemoted,
  type OnElected,
} from 'nestjs-leader-election';
import { jobs, Queue, type Job } from './queue.js';

/** Runs a loop for each partition that this instance leads. */
@LeaderOnly(jobs)
@Injectable()
export class JobsWorker implements OnElected, OnDemoted {
  private readonly logger = new Logger(JobsWorker.name);
  private readonly loops = new Map<string, Promise<void>>();

  constructor(
    private readonly queue: Queue,
    @InjectPartitions(jobs) private readonly partitions: PartitionsService,
  ) {}

  /** Starts the loop of this partition and returns. The loops of other partitions continue. */
  onElected(leadership: Leadership): void {
    this.loops.set(leadership.election, this.run(leadership));
  }

  /** The partition is released after its last job on this instance. */
  async onDemoted({ election }: Leadership): Promise<void> {
    await this.loops.get(election);
  }

  private async run(leadership: Leadership): Promise<void> {
    const { partition = 0, signal } = leadership;
    const { instanceId } = this.partitions.election(partition).status();
    while (!signal.aborted) {
      const hasDone = await this.queue
        .doNext(leadership, instanceId, (job) => this.work(job))
        .catch((error: unknown) => {
          this.logger.error(`A job of partition ${partition} failed`, error);
          return false;
        });
      if (!hasDone) await delay(100, undefined, { signal }).catch(() => undefined);
    }
  }

  /** A placeholder for the actual work. */
  private async work(_job: Job): Promise<void> {
    await delay(20);
  }
}
