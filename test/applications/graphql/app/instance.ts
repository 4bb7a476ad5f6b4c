import { Module, type INestApplication, type LoggerService } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { LeaderElectionModule, LeaderElectionService } from 'nestjs-leader-election';
import type { Answer, Driver } from './driver.js';
import {
  EachRequestResolver,
  InvoiceResolver,
  LeaderOnlyService,
  ReportResolver,
} from './resolvers.js';

/** What anything has logged as a warning or an error. */
export const faults: string[] = [];

const logFault = (...parts: unknown[]) => {
  faults.push(parts.map((part) => (part instanceof Error ? part.stack : String(part))).join(' '));
};
console.error = logFault;
console.warn = logFault;

const nothing = () => undefined;
const logger: LoggerService = { log: nothing, warn: logFault, error: logFault, fatal: logFault };

export type Instance = Awaited<ReturnType<typeof startInstance>>;

/** @param name its name among the instances, and the host of its address */
export async function startInstance(name: string, driver: Driver, withEnhancers: boolean) {
  @Module({
    imports: [
      LeaderElectionModule.forRoot({
        connection: String(process.argv[2]),
        instanceId: name,
        address: `http://${name}`,
      }),
      driver.module({
        autoSchemaFile: true,
        fieldResolverEnhancers: withEnhancers ? ['guards', 'interceptors', 'filters'] : [],
      }),
    ],
    providers: [LeaderOnlyService, ReportResolver, InvoiceResolver, EachRequestResolver],
  })
  class AppModule {}

  const app: INestApplication = await NestFactory.create(AppModule, driver.adapter(logFault), {
    logger,
    abortOnError: false,
  });
  await app.listen(0, '127.0.0.1');
  const url = `${await app.getUrl()}/graphql`;
  const election = app.get(LeaderElectionService);
  return {
    name,
    election,
    async ask(query: string): Promise<Answer & { readonly status: number }> {
      const response = await fetch(url, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ query }),
      });
      return { status: response.status, ...((await response.json()) as Answer) };
    },
    subscribe: (query: string) => driver.subscribe(url, query),
    close: () => app.close(),
  };
}
