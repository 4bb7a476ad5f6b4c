import { setTimeout as delay } from 'node:timers/promises';
import { Injectable } from '@nestjs/common';
import { Interval } from '@nestjs/schedule';
import { currentLeadership, LeaderOnly } from 'nestjs-leader-election';
import { report } from '../../../../tooling/instances/report-election.mjs';

/** The job that must not run twice: nobody wants the same reminder from every instance. */
@Injectable()
export class ReminderJob {
  @LeaderOnly()
  @Interval(1_000)
  async send(): Promise<void> {
    const term = currentLeadership()?.term.toString();
    report({ type: 'job-started', term });
    // The mail server takes a moment.
    await delay(100);
    report({ type: 'job-ended', term });
  }
}
