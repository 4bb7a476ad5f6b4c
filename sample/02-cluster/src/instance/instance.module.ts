import { Module } from '@nestjs/common';
import { ScheduleModule } from '@nestjs/schedule';
import { LeaderElectionModule } from 'nestjs-leader-election';
import { timings } from '../timings.js';
import { HeartbeatReporter } from './heartbeat-reporter.js';
import { ReminderJob } from './reminder-job.js';
import { Reporter } from './reporter.js';

@Module({
  imports: [
    ScheduleModule.forRoot(),
    LeaderElectionModule.forRoot({
      connection: process.env.DATABASE_URL,
      metrics: new HeartbeatReporter(),
      ...timings,
    }),
  ],
  providers: [ReminderJob, Reporter],
})
export class InstanceModule {}
