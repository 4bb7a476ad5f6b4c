import { GraphQLModule } from '@nestjs/graphql';
import { MercuriusDriver, type MercuriusDriverConfig } from '@nestjs/mercurius';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import type { Driver } from '../driver.js';
import { subscribeByWebSocket } from '../web-socket.js';

export const driver: Driver = {
  adapter: (logFault) =>
    new FastifyAdapter({ logger: { level: 'warn', stream: { write: logFault } } }),
  module: (options) =>
    GraphQLModule.forRoot<MercuriusDriverConfig>({
      driver: MercuriusDriver,
      subscription: true,
      ...options,
    }),
  subscribe: subscribeByWebSocket,
};
