import { afterEach, beforeEach, expect, it, jest } from '@jest/globals';
import { Injectable } from '@nestjs/common';
import { Test, type TestingModule } from '@nestjs/testing';
import { LeaderOnly, type OnDemoted, type OnElected } from 'nestjs-leader-election';
import { LeaderElectionTesting, LeaderElectionTestingModule } from 'nestjs-leader-election/testing';

@Injectable()
class Broker {
  async subscribe(_queue: string): Promise<void> {}
  async unsubscribe(_queue: string): Promise<void> {}
}

@LeaderOnly()
@Injectable()
class OrdersConsumer implements OnElected, OnDemoted {
  constructor(private readonly broker: Broker) {}

  async onElected() {
    await this.broker.subscribe('orders');
  }

  async onDemoted() {
    await this.broker.unsubscribe('orders');
  }
}

const broker = {
  subscribe: jest.fn<Broker['subscribe']>(),
  unsubscribe: jest.fn<Broker['unsubscribe']>(),
};
let moduleRef: TestingModule;
let election: LeaderElectionTesting;

beforeEach(async () => {
  jest.resetAllMocks();
  moduleRef = await Test.createTestingModule({
    imports: [LeaderElectionTestingModule.forRoot()],
    providers: [OrdersConsumer, { provide: Broker, useValue: broker }],
  }).compile();
  await moduleRef.init(); // Elections start with the application.
  election = moduleRef.get(LeaderElectionTesting);
});
afterEach(() => moduleRef.close());

it('is subscribed while it leads', async () => {
  expect(broker.subscribe).not.toHaveBeenCalled();

  await election.elect();
  expect(broker.subscribe).toHaveBeenCalledWith('orders');
  expect(broker.unsubscribe).not.toHaveBeenCalled();

  await election.demote('conn_lost');
  expect(broker.unsubscribe).toHaveBeenCalledWith('orders');
});

it('does not lead when the broker is down', async () => {
  moduleRef.useLogger(false);
  broker.subscribe.mockRejectedValue(new Error('the broker is down'));

  await expect(election.elect()).rejects.toThrow('the broker is down');

  expect(broker.unsubscribe).toHaveBeenCalled();
});
