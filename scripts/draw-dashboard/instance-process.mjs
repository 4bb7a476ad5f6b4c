// An application that takes part in two elections, and serves its metrics.
import 'reflect-metadata';
import { NestFactory } from '@nestjs/core';
import { LeaderElectionModule, LeaderElectionService } from 'nestjs-leader-election';
import { PrometheusMetrics } from 'nestjs-leader-election/prometheus';
import * as client from 'prom-client';
import { answer, options, report } from '../../bench/child-processes/report-to-parent.mjs';
import { scrapeEndpoint } from '../../tooling/prometheus/scrape-endpoint.mjs';

const { port, ...election } = options;

class App {}
const app = await NestFactory.createApplicationContext(
  {
    module: App,
    imports: [
      LeaderElectionModule.forRoot({ ...election, metrics: new PrometheusMetrics({ client }) }),
    ],
  },
  { logger: false },
);
const service = app.get(LeaderElectionService);
await scrapeEndpoint(client.register, port);
answer({
  role: () => service.status().role,
  resign: () => service.resign(),
});
report('started');
