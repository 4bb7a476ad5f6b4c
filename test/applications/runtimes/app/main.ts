// The smallest application: a leader-only cron job, and hooks. Says what happens, a line each, until it is told to stop.
import 'reflect-metadata';
import { Injectable, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { Cron, CronExpression, ScheduleModule } from '@nestjs/schedule';
import {
  LeaderElectionModule,
  LeaderOnly,
  type Leadership,
  type LossReason,
  type OnDemoted,
  type OnElected,
} from 'nestjs-leader-election';

@LeaderOnly()
@Injectable()
class Duties implements OnElected, OnDemoted {
  onElected() {
    console.log('elected');
  }

  onDemoted(_leadership: Leadership, reason: LossReason) {
    console.log(`demoted: ${reason}`);
  }

  @Cron(CronExpression.EVERY_SECOND)
  tick() {
    console.log('ticked');
  }
}

@Module({
  imports: [
    ScheduleModule.forRoot(),
    LeaderElectionModule.forRoot({ connection: String(process.env['DATABASE_URL']) }),
  ],
  providers: [Duties],
})
class AppModule {}

async function main() {
  const app = await NestFactory.createApplicationContext(AppModule, { logger: ['warn', 'error'] });
  // Not all signals that Nest listens to by default: Deno refuses one of them.
  app.enableShutdownHooks(['SIGTERM', 'SIGINT']);
  console.log('started');
}

void main();
