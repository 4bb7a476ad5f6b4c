import 'reflect-metadata';
import { RabbitRPC, RabbitSubscribe } from '@golevelup/nestjs-rabbitmq';
import { LeaderOnly } from 'nestjs-leader-election';
import { isRefused } from './starting.js';

const toOrders = { exchange: 'orders', routingKey: 'new', queue: 'orders' };

@LeaderOnly()
class WholeOrders {
  @RabbitSubscribe(toOrders)
  take() {}
}

class Orders {
  @LeaderOnly()
  @RabbitSubscribe(toOrders)
  take() {}
}

class Prices {
  @RabbitRPC(toOrders)
  @LeaderOnly()
  tell() {}
}

async function main() {
  await isRefused(WholeOrders, '@LeaderOnly() on WholeOrders does not apply to WholeOrders.take');
  await isRefused(Orders, '@LeaderOnly() on Orders.take (@RabbitSubscribe() or @RabbitRPC())');
  await isRefused(Prices, '@LeaderOnly() on Prices.tell (@RabbitSubscribe() or @RabbitRPC())');
}

void main();
