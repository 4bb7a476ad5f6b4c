import { Body, Controller, Get, Param, Post } from '@nestjs/common';
import { InjectPartitions, PartitionsService } from 'nestjs-leader-election';
import { jobs, Queue } from './queue.js';

/** Every instance takes jobs, and says which partitions are its own. */
@Controller()
export class JobsController {
  constructor(
    private readonly queue: Queue,
    @InjectPartitions(jobs) private readonly partitions: PartitionsService,
  ) {}

  @Get()
  status() {
    const { instanceId } = this.partitions.election(0).status();
    return { instanceId, owned: this.partitions.owned };
  }

  @Post('jobs')
  async add(@Body() { customer }: { customer: string }) {
    await this.queue.add(customer);
  }

  /** Where the jobs of a customer are done: whoever owns the partition can be reached there. */
  @Get('customers/:customer')
  owner(@Param('customer') customer: string) {
    const partition = jobs.of(customer);
    const { leader } = this.partitions.election(partition);
    return { partition, isHere: this.partitions.owns(customer), owner: leader?.address };
  }
}
