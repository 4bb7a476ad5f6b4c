import { expect, it, jest } from '@jest/globals';
import { Injectable } from '@nestjs/common';
import { Cron, CronExpression } from '@nestjs/schedule';
import { LeaderOnly } from 'nestjs-leader-election';
import { withoutElection } from 'nestjs-leader-election/testing';

@Injectable()
class Mailer {
  async mail(_text: string): Promise<void> {}
}

@Injectable()
class ReportsService {
  constructor(private readonly mailer: Mailer) {}

  @LeaderOnly()
  @Cron(CronExpression.EVERY_HOUR)
  async send() {
    await this.mailer.mail('the report');
  }
}

it('mails the report', async () => {
  const mailer = { mail: jest.fn<Mailer['mail']>() };
  const reports = withoutElection(new ReportsService(mailer));

  await reports.send();

  expect(mailer.mail).toHaveBeenCalledWith('the report');
});
