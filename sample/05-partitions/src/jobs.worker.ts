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

/** A loop for each partition that this instance leads. */
@LeaderOnly(jobs)
@Injectable()
export class JobsWorker implements OnElected, OnDemoted {
  private readonly logger = new Logger(JobsWorker.name);
  private readonly loops = new Map<string, Promise<void>>();

  constructor(
    private readonly queue: Queue,
    @InjectPartitions(jobs) private readonly partitions: PartitionsService,
  ) {}

  /** Starts the loop of this partition and returns; those of others go on. */
  onElected(leadership: Leadership): void {
    this.loops.set(leadership.election, this.run(leadership));
  }

  /** Another instance gets the partition when its last job here has been done. */
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

  /** Stands for what a job does. */
  private async work(_job: Job): Promise<void> {
    await delay(20);
  }
}
