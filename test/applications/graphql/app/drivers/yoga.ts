import { YogaDriver, type YogaDriverConfig } from '@graphql-yoga/nestjs';
import { GraphQLModule } from '@nestjs/graphql';
import { ExpressAdapter } from '@nestjs/platform-express';
import { createClient } from 'graphql-sse';
import type { Driver } from '../driver.js';

export const driver: Driver = {
  adapter: () => new ExpressAdapter(),
  module: (options) => GraphQLModule.forRoot<YogaDriverConfig>({ driver: YogaDriver, ...options }),
  subscribe: (url, query) => createClient({ url, retryAttempts: 0 }).iterate({ query }),
};
