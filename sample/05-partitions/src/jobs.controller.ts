import { Body, Controller, Get, Param, Post } from '@nestjs/common';
import { InjectPartitions, PartitionsService } from 'nestjs-leader-election';
import { jobs, Queue } from './queue.js';

/** Every instance takes jobs and shows the partitions that it owns. */
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

  /** The partition of a customer, and the address of the instance that owns it. */
  @Get('customers/:customer')
  owner(@Param('customer') customer: string) {
    const partition = jobs.of(customer);
    const { leader } = this.partitions.election(partition);
    return { partition, isHere: this.partitions.owns(customer), owner: leader?.address };
  }
}
