import type {
  DynamicModule,
  INestApplication,
  INestApplicationContext,
  LoggerService,
  ModuleMetadata,
} from '@nestjs/common';
import { type AbstractHttpAdapter, NestFactory } from '@nestjs/core';
import { ExpressAdapter } from '@nestjs/platform-express';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import {
  LeaderElectionModule,
  type LeaderElectionModuleOptions,
  LeaderElectionService,
} from 'nestjs-leader-election';
import { Timeline, within } from './timeline.js';

export const database = String(process.argv[2]);

/** Warnings and errors of all instances, since Nest has one logger in a process. */
export const log = new Timeline();

const ignore = () => undefined;
const logger: LoggerService = {
  log: ignore,
  warn: (message) => {
    log.note(`warn: ${message}`);
  },
  error: (message) => {
    log.note(`error: ${message}`);
  },
};

const nestOptions = { logger, abortOnError: false };

type Options = LeaderElectionModuleOptions;

export const adapters = {
  express: (): AbstractHttpAdapter => new ExpressAdapter(),
  fastify: (): AbstractHttpAdapter => new FastifyAdapter(),
};

/** An instance without a server. Each topic has elections of its own, as all share the database. */
export async function start(options: Options, metadata?: ModuleMetadata) {
  return running(
    await NestFactory.createApplicationContext(appModule(options, metadata), nestOptions),
  );
}

/** An instance that serves requests. */
export async function serve(
  adapter: keyof typeof adapters,
  options: Options,
  metadata: ModuleMetadata,
  prepare: (app: INestApplication) => unknown = ignore,
) {
  const app: INestApplication = await NestFactory.create(
    appModule(options, metadata),
    adapters[adapter](),
    nestOptions,
  );
  await prepare(app);
  await app.listen(0, '127.0.0.1');
  return { ...running(app), url: await app.getUrl() };
}

function appModule(options: Options, { imports = [], ...others }: ModuleMetadata = {}) {
  class AppModule {}
  const election = LeaderElectionModule.forRoot({ connection: database, ...options });
  return { module: AppModule, imports: [election, ...imports], ...others } satisfies DynamicModule;
}

function running(app: INestApplicationContext) {
  const election = app.get(LeaderElectionService);
  return {
    app,
    election,
    leads: () => within(election.whenLeader(), 'to lead'),
    close: () => app.close(),
  };
}
