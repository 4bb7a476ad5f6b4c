// A Nest application with leader-only duties of each kind and metrics, which ends by itself once all of it was there.
import 'reflect-metadata';
import assert from 'node:assert/strict';
import { setTimeout as delay } from 'node:timers/promises';
import { Injectable, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { Cron, CronExpression, Interval, ScheduleModule } from '@nestjs/schedule';
import {
  LeaderElectionModule,
  LeaderOnly,
  type Leadership,
  type LossReason,
  type OnDemoted,
  type OnElected,
} from 'nestjs-leader-election';
import { OpenTelemetryMetrics } from 'nestjs-leader-election/opentelemetry';
import { PrometheusMetrics } from 'nestjs-leader-election/prometheus';
import * as client from 'prom-client';

/** How long all of it may take, in milliseconds: the cron job is due every second. */
const PATIENCE = 30_000;

@LeaderOnly()
@Injectable()
class Duties implements OnElected, OnDemoted {
  readonly done = new Set<string>();

  onElected({ term }: Leadership) {
    assert.ok(term > 0n);
    this.done.add('elected');
  }

  onDemoted(_leadership: Leadership, reason: LossReason) {
    this.done.add(`demoted: ${reason}`);
  }

  @Cron(CronExpression.EVERY_SECOND)
  cron() {
    this.done.add('cron');
  }

  @Interval(100)
  interval() {
    this.done.add('interval');
  }
}

@Module({
  imports: [
    ScheduleModule.forRoot(),
    LeaderElectionModule.forRoot({
      connection: String(process.env['DATABASE_URL']),
      metrics: [new PrometheusMetrics({ client }), new OpenTelemetryMetrics()],
    }),
  ],
  providers: [Duties],
})
class AppModule {}

async function main() {
  const app = await NestFactory.createApplicationContext(AppModule, { logger: ['warn', 'error'] });
  const { done } = app.get(Duties);
  const deadline = performance.now() + PATIENCE;
  while (!['elected', 'cron', 'interval'].every((duty) => done.has(duty))) {
    assert.ok(performance.now() < deadline, `in ${PATIENCE} ms only: ${[...done].join(', ')}`);
    await delay(20);
  }
  const scraped = await client.register.metrics();
  assert.match(scraped, /^leader_election_is_leader\{election="default"\} 1$/m);
  assert.match(scraped, /^leader_election_terms_total\{election="default"\} 1$/m);
  await app.close();
  assert.ok(done.has('demoted: shutdown'));
}

void main();
