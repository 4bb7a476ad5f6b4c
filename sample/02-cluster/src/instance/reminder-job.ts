import { setTimeout as delay } from 'node:timers/promises';
import { Injectable } from '@nestjs/common';
import { Interval } from '@nestjs/schedule';
import { currentLeadership, LeaderOnly } from 'nestjs-leader-election';
import { report } from '../../../../tooling/instances/report-election.mjs';

/** A job that must not run twice: the same reminder from every instance would be a nuisance. */
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
