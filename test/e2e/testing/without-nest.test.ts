import { describe, expect, it } from '@jest/globals';
import { Injectable } from '@nestjs/common';
import { Interval } from '@nestjs/schedule';
import {
  currentLeadership,
  LeaderOnly,
  LeaderOnlyUsageError,
  NotLeaderError,
} from 'nestjs-leader-election';
import { LeaderElectionTestingError, withoutElection } from 'nestjs-leader-election/testing';
import { testingApp } from '../../support/testing-app.js';

@Injectable()
class Reports {
  readonly sent: string[] = [];

  @LeaderOnly('billing')
  send(report: string) {
    this.sent.push(report);
    return currentLeadership();
  }
}

@LeaderOnly()
@Injectable()
class Sweeper {
  @Interval(60_000)
  sweep() {
    return 'swept';
  }
}

describe('an object that Nest has not made', () => {
  it('refuses its leader-only methods, and says what a test can do', () => {
    const reports = new Reports();

    expect(() => reports.send('june')).toThrow(LeaderOnlyUsageError);
    expect(() => reports.send('june')).toThrow(
      /^Reports\.send is leader-only, .* pass the object through withoutElection\(\) of nestjs-leader-election\/testing$/,
    );
    expect(reports.sent).toEqual([]);
  });

  it('is called plainly where a test says so, with its arguments and without a leadership', () => {
    const reports = withoutElection(new Reports());

    expect(reports).toBeInstanceOf(Reports);
    expect(reports.send('june')).toBeUndefined();
    expect(reports.sent).toEqual(['june']);
  });

  it('is called plainly also where its class is leader-only', () => {
    expect(withoutElection(new Sweeper()).sweep()).toBe('swept');
  });

  it('says nothing about other objects of its class', () => {
    withoutElection(new Reports());

    expect(() => new Reports().send('june')).toThrow(LeaderOnlyUsageError);
  });
});

describe('an object that Nest has made', () => {
  it('can not be taken from its election', async () => {
    const { moduleRef } = await testingApp([Sweeper]);
    const sweeper = moduleRef.get(Sweeper);

    expect(() => withoutElection(sweeper)).toThrow(LeaderElectionTestingError);
    expect(() => withoutElection(sweeper)).toThrow(
      /^withoutElection\(\) does not accept an object created by Nest/,
    );
    expect(sweeper.sweep()).toBeUndefined();
  });

  it('is asked again when it becomes a provider', async () => {
    const reports = withoutElection(new Reports());
    await testingApp([{ provide: Reports, useValue: reports }], { elections: ['billing'] });

    expect(() => reports.send('june')).toThrow(NotLeaderError);
  });
});

it.each([
  { given: undefined, shown: 'undefined' },
  { given: 'reports', shown: "'reports'" },
  { given: Reports, shown: '[class Reports]' },
])('$shown is no object', ({ given, shown }) => {
  const call = () => withoutElection(given as unknown as object);

  expect(call).toThrow(LeaderElectionTestingError);
  expect(call).toThrow(
    `withoutElection() takes an object, such as new ReportsService(mailer); given: ${shown}`,
  );
});
