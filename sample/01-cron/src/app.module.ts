import { Module } from '@nestjs/common';
import { ScheduleModule } from '@nestjs/schedule';
import { LeaderElectionModule } from 'nestjs-leader-election';
import { InboxWatcher } from './inbox-watcher.js';
import { Mailer } from './mailer.js';
import { RemindersService } from './reminders.service.js';
import { StatusController } from './status.controller.js';

@Module({
  imports: [
    ScheduleModule.forRoot(),
    LeaderElectionModule.forRoot({ connection: process.env.DATABASE_URL }),
  ],
  controllers: [StatusController],
  providers: [RemindersService, InboxWatcher, Mailer],
})
export class AppModule {}
