import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { Injectable } from '@nestjs/common';
import { Test, type TestingModule } from '@nestjs/testing';
import { InjectPartitions, partitions, PartitionsService } from 'nestjs-leader-election';
import { LeaderElectionTesting, LeaderElectionTestingModule } from 'nestjs-leader-election/testing';

const orders = partitions('orders', 48);

@Injectable()
class Shipping {
  constructor(@InjectPartitions(orders) private readonly partitions: PartitionsService) {}

  async ship(customer: string) {
    return this.partitions.runIfOwner(customer, ({ partition }) => `shipped by ${partition}`);
  }
}

let moduleRef: TestingModule;

beforeEach(async () => {
  moduleRef = await Test.createTestingModule({
    imports: [LeaderElectionTestingModule.forRoot({ elections: [...orders] })],
    providers: [Shipping],
  }).compile();
  await moduleRef.init();
});

afterEach(() => moduleRef.close());

it('ships only for the customers of its partitions', async () => {
  const shipping = moduleRef.get(Shipping);
  expect(orders.of('customer-1')).toBe(12);

  const partition = moduleRef.get(LeaderElectionTesting).election('orders-12');
  await partition.elect();
  expect(await shipping.ship('customer-1')).toBe('shipped by 12');
  expect(await shipping.ship('customer-2')).toBeUndefined();

  await partition.demote();
  expect(await shipping.ship('customer-1')).toBeUndefined();
});
