// An instance whose metrics are exported by OpenTelemetry's SDK, and what is in them. Ends by itself, when nothing is left to do.
import 'reflect-metadata';
import assert from 'node:assert/strict';
import { Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { metrics } from '@opentelemetry/api';
import {
  AggregationTemporality,
  InMemoryMetricExporter,
  MeterProvider,
  PeriodicExportingMetricReader,
} from '@opentelemetry/sdk-metrics';
import { LeaderElectionModule, LeaderElectionService } from 'nestjs-leader-election';
import { OpenTelemetryMetrics } from 'nestjs-leader-election/opentelemetry';

const exporter = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE);
const reader = new PeriodicExportingMetricReader({ exporter, exportIntervalMillis: 3_600_000 });
const provider = new MeterProvider({ readers: [reader] });
metrics.setGlobalMeterProvider(provider);

@Module({
  imports: [
    LeaderElectionModule.forRoot({
      connection: process.env['DATABASE_URL'],
      metrics: new OpenTelemetryMetrics(),
    }),
  ],
})
class App {}

async function main() {
  const app = await NestFactory.createApplicationContext(App, { logger: ['warn', 'error'] });
  const election = app.get(LeaderElectionService);
  await election.whenLeader();
  assert.equal(await exported('is_leader'), 1);
  await election.resign();
  await election.whenLeader();
  await app.close();
  assert.equal(await exported('is_leader'), 0);
  assert.equal(await exported('terms'), 2);
  assert.equal(await exported('losses', { 'leader_election.loss.reason': 'resigned' }), 1);
  await provider.shutdown();
  console.log('The metrics were exported');
}

/** What the reader exports now of a metric of the election. */
async function exported(name: string, attributes: object = {}): Promise<unknown> {
  const wanted = { 'leader_election.name': 'default', ...attributes };
  await provider.forceFlush();
  const scopes = exporter.getMetrics().at(-1)?.scopeMetrics ?? [];
  const points = scopes
    .flatMap((scope) => scope.metrics)
    .filter(({ descriptor }) => descriptor.name === `leader_election.${name}`)
    .flatMap(({ dataPoints }): readonly { attributes: object; value: unknown }[] => dataPoints);
  return points.find((point) => isEqual(point.attributes, wanted))?.value;
}

function isEqual(one: object, other: object): boolean {
  const sorted = (attributes: object) => JSON.stringify(Object.entries(attributes).sort());
  return sorted(one) === sorted(other);
}

void main();
