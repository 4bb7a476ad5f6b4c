import { ApolloDriver, type ApolloDriverConfig } from '@nestjs/apollo';
import { GraphQLModule } from '@nestjs/graphql';
import { ExpressAdapter } from '@nestjs/platform-express';
import type { Driver } from '../driver.js';
import { subscribeByWebSocket } from '../web-socket.js';

export const driver: Driver = {
  adapter: () => new ExpressAdapter(),
  module: (options) =>
    GraphQLModule.forRoot<ApolloDriverConfig>({
      driver: ApolloDriver,
      subscriptions: { 'graphql-ws': true },
      includeStacktraceInErrorResponses: false,
      ...options,
    }),
  subscribe: subscribeByWebSocket,
};
