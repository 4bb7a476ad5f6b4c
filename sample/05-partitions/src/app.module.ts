import { Module } from '@nestjs/common';
import { LeaderElectionModule } from 'nestjs-leader-election';
import { JobsController } from './jobs.controller.js';
import { JobsWorker } from './jobs.worker.js';
import { Queue, jobs } from './queue.js';

@Module({
  imports: [
    LeaderElectionModule.forRoot({
      connection: process.env.DATABASE_URL,
      address: `http://127.0.0.1:${process.env.PORT ?? 3000}`,
      // Twelve elections, `jobs-0` to `jobs-11` …
      elections: [...jobs],
      // … which settle on different instances.
      spread: true,
    }),
  ],
  controllers: [JobsController],
  providers: [Queue, JobsWorker],
})
export class AppModule {}
