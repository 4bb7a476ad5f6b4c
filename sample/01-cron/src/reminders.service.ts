import { Injectable } from '@nestjs/common';
import { Cron, CronExpression } from '@nestjs/schedule';
import { LeaderOnly } from 'nestjs-leader-election';
import { Mailer } from './mailer.js';

/** A job that must run on one instance only, so that each reminder is sent once. */
@Injectable()
export class RemindersService {
  sent = 0;

  constructor(private readonly mailer: Mailer) {}

  @LeaderOnly()
  @Cron(CronExpression.EVERY_SECOND)
  async sendDue(): Promise<void> {
    await this.mailer.send(`Reminder of ${new Date().toISOString()}`);
    this.sent += 1;
  }
}
