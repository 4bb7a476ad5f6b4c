import { describe, expect, it } from '@jest/globals';
import { Injectable } from '@nestjs/common';
import { Interval, SchedulerRegistry } from '@nestjs/schedule';
import { LeaderOnly, type OnDemoted, type OnElected } from 'nestjs-leader-election';
import { appsOn, type TestApp } from '../support/app.js';
import { log } from '../support/collected-log.js';
import { testDatabase } from '../support/database.js';
import { lockHolders } from '../support/sessions.js';
import { Diary, latch, timeline } from '../support/timeline.js';

const database = await testDatabase();
const startApp = appsOn(database);

/** A job that runs until the test opens `sent`, and a hook that returns when it opens `cleanedUp`. */
@LeaderOnly()
@Injectable()
class Reports implements OnElected, OnDemoted {
  readonly sent = latch();
  readonly cleanedUp = latch();

  constructor(private readonly diary: Diary) {}

  onElected() {
    this.diary.note('elected');
  }

  @Interval('send', 5)
  async send() {
    this.diary.note('sending');
    await this.sent.opened;
    this.diary.note('sent');
  }

  async onDemoted() {
    this.diary.note('demoted');
    await this.cleanedUp.opened;
    this.diary.note('cleaned up');
  }
}

async function leaderAndSuccessor({ stopTimeout = 10_000 } = {}) {
  const setup = { providers: [Reports], options: { stopTimeout } };
  const leader = await startApp('leader', setup);
  await timeline.shows('leader: sending');
  leader.get(SchedulerRegistry).deleteInterval('send'); // One report is enough.
  const successor = await startApp('successor', setup);
  successor.get(Reports).sent.open();
  successor.get(Reports).cleanedUp.open();
  await successor.waitsInLine();
  return { leader, reports: leader.get(Reports), successor };
}

describe.each([
  { ending: 'resign()', end: ({ election }: TestApp) => election.resign() },
  { ending: 'close()', end: (app: TestApp) => app.close() },
])('when the leader ends with $ending', ({ end }) => {
  it('its handler finishes, its hooks return, its lock is released, and only then the successor starts', async () => {
    const { leader, reports } = await leaderAndSuccessor();

    const ended = end(leader);
    await timeline.shows('leader: demoted');
    expect(await lockHolders(database)).toEqual(['leader']);

    reports.cleanedUp.open();
    await timeline.shows('leader: cleaned up');
    expect(await lockHolders(database)).toEqual(['leader']);

    reports.sent.open();
    await ended;
    await timeline.shows('successor: elected');
    expect(timeline.entries.slice(0, 6)).toEqual([
      'leader: elected',
      'leader: sending',
      'leader: demoted',
      'leader: cleaned up',
      'leader: sent',
      'successor: elected',
    ]);
  });
});

describe('a handler that never ends', () => {
  it('is abandoned at stopTimeout, with a warning that names it, and the successor leads', async () => {
    const { leader, reports, successor } = await leaderAndSuccessor({ stopTimeout: 100 });
    reports.cleanedUp.open();

    await leader.election.resign();

    expect(log.warnings).toMatchObject([
      {
        message: '"default": abandoned after 100 ms (stopTimeout), still running: Reports.send',
      },
    ]);
    expect(leader.events.find(({ type }) => type === 'released')).toMatchObject({
      abandoned: ['Reports.send'],
    });
    await successor.leads();
  });

  it('does not keep a closing application from closing', async () => {
    const { leader, successor } = await leaderAndSuccessor({ stopTimeout: 100 });

    await leader.close();

    expect(log.warnings.map(({ message }) => message).join()).toMatch(
      'still running: Reports.send, Reports.onDemoted',
    );
    await successor.leads();
  });

  it('sees its own signal aborted, so that it can end in time', async () => {
    const { leader, reports } = await leaderAndSuccessor();
    reports.cleanedUp.open();
    leader.election.leadership?.signal.addEventListener('abort', () => {
      reports.sent.open();
    });

    await leader.election.resign();

    expect(timeline.entries).toContain('leader: sent');
    expect(log.warnings).toEqual([]);
  });
});
