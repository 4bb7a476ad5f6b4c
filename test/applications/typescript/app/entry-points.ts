// Something of every entry point, in use.
import { Injectable, Module } from '@nestjs/common';
import { ModuleRef } from '@nestjs/core';
import { Cron, CronExpression, ScheduleModule } from '@nestjs/schedule';
import {
  currentLeadership,
  LeaderElectionModule,
  LeaderElectionService,
  LeaderOnly,
  type Leadership,
  type OnElected,
} from 'nestjs-leader-election';
import { Elector } from 'nestjs-leader-election/core';
import { OpenTelemetryMetrics } from 'nestjs-leader-election/opentelemetry';
import { PrometheusMetrics } from 'nestjs-leader-election/prometheus';
import * as client from 'prom-client';
import { LeaderElectionHealthIndicator } from 'nestjs-leader-election/terminus';
import { LeaderElectionTesting, LeaderElectionTestingModule } from 'nestjs-leader-election/testing';

@LeaderOnly()
@Injectable()
export class ReportsService implements OnElected {
  constructor(
    private readonly election: LeaderElectionService,
    private readonly health: LeaderElectionHealthIndicator,
  ) {}

  onElected({ term, signal }: Leadership) {
    const next: bigint = term + 1n;
    signal.addEventListener('abort', () => next);
  }

  @Cron(CronExpression.EVERY_MINUTE)
  async send(): Promise<number | undefined> {
    await this.health.isHealthy('election');
    return await this.election.runIfLeader(() => Number(currentLeadership()?.term));
  }
}

@Module({
  imports: [
    ScheduleModule.forRoot(),
    LeaderElectionModule.forRoot({
      connection: process.env.DATABASE_URL,
      metrics: [new PrometheusMetrics({ client }), new OpenTelemetryMetrics()],
    }),
  ],
  providers: [ReportsService, LeaderElectionHealthIndicator],
})
export class AppModule {}

export const elector = new Elector({
  connection: { host: 'db', password: async () => 'secret', ssl: { rejectUnauthorized: true } },
  onElected: ({ term }) => term,
});

export const testing = LeaderElectionTestingModule.forRoot({ leader: true });
export const elect = (modules: ModuleRef) => modules.get(LeaderElectionTesting).elect();
