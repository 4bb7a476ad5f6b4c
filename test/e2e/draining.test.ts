import { describe, expect, it } from '@jest/globals';
import { Injectable } from '@nestjs/common';
import { Interval, SchedulerRegistry } from '@nestjs/schedule';
import {
  getLeaderElectionToken,
  type LeaderElectionService,
  LeaderOnly,
  type OnDemoted,
  type OnElected,
} from 'nestjs-leader-election';
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

/** A provider whose hooks note that they were called, and then take as long as the test wants. */
function provider(name: string, hooks: { elected?: () => unknown; demoted?: () => unknown } = {}) {
  @LeaderOnly()
  @Injectable()
  class Provider implements OnElected, OnDemoted {
    constructor(private readonly diary: Diary) {}

    async onElected() {
      this.diary.note(`${name} elected`);
      await hooks.elected?.();
    }

    async onDemoted() {
      this.diary.note(`${name} demoted`);
      await hooks.demoted?.();
    }
  }
  return Object.defineProperty(Provider, 'name', { value: name });
}

async function slowLeader(providers: readonly ReturnType<typeof provider>[]) {
  const app = await startApp('leader', {
    providers: [...providers],
    options: { stopTimeout: 400 },
  });
  app.election.events$.subscribe(({ type }) => {
    if (type === 'released') app.diary.note('released');
  });
  return app;
}

const warnings = () => log.warnings.map(({ message }) => message);

describe('hooks that take longer than stopTimeout', () => {
  it('are all called before the lock is released, in order, and those that have not returned are named', async () => {
    const late = latch();
    const demoted = () => late.opened;
    const names = ['First', 'Second', 'Third', 'Fourth'];
    const leader = await slowLeader(names.map((name) => provider(name, { demoted })));
    await timeline.shows('leader: Fourth elected');
    const successor = await startApp('successor', { providers: [provider('Successor')] });
    await successor.waitsInLine();

    await leader.election.resign();
    await timeline.shows('successor: Successor elected');

    expect(timeline.entries.slice(4)).toEqual([
      'leader: Fourth demoted',
      'leader: Third demoted',
      'leader: Second demoted',
      'leader: First demoted',
      'leader: released',
      'successor: Successor elected',
    ]);
    expect(warnings()).toEqual([
      '"default": Fourth.onDemoted has not returned within half of stopTimeout; calling onDemoted of Third, Second, ' +
        'First now',
      '"default": abandoned after 400 ms (stopTimeout), still running: Fourth.onDemoted, Third.onDemoted, ' +
        'Second.onDemoted, First.onDemoted',
    ]);
    late.open();
  });

  it('hold up no other election', async () => {
    const late = latch();
    @LeaderOnly('quick')
    @Injectable()
    class Quick implements OnDemoted {
      constructor(private readonly diary: Diary) {}

      onDemoted() {
        this.diary.note('Quick demoted');
      }
    }
    const app = await startApp('app', {
      providers: [Quick, provider('Slow', { demoted: () => late.opened })],
      options: { elections: ['default', 'quick'] },
    });
    await timeline.shows('app: Slow elected');
    const quick = app.get<LeaderElectionService>(getLeaderElectionToken('quick'));
    await app.leads(quick);
    quick.events$.subscribe(({ type }) => {
      if (type === 'released') late.open();
    });

    await app.close();

    expect(timeline.entries).toContain('app: Quick demoted');
    expect(warnings()).toEqual([]);
  });
});

describe('an onElected that has not returned when stopTimeout is over', () => {
  it('is followed by its onDemoted all the same, before the lock is released', async () => {
    const late = latch();
    const leader = await slowLeader([
      provider('First'),
      provider('Hanging', { elected: () => late.opened }),
      provider('Never'),
    ]);
    await timeline.shows('leader: Hanging elected');

    await leader.close();

    const entries = [
      'leader: First elected',
      'leader: Hanging elected',
      'leader: Hanging demoted',
      'leader: First demoted',
      'leader: released',
    ];
    expect(timeline.entries).toEqual(entries);
    expect(warnings()).toEqual([
      '"default": Hanging.onElected has not returned within half of stopTimeout; calling onDemoted of Hanging, First now',
      '"default": abandoned after 400 ms (stopTimeout), still running: Hanging.onElected',
    ]);
    late.open();
    await new Promise(setImmediate);
    expect(timeline.entries).toEqual(entries);
  });

  it('changes nothing when it returns, or throws, in the next leadership', async () => {
    for (const outcome of ['returns', 'throws']) {
      timeline.clear();
      log.clear();
      const late = latch();
      let terms = 0;
      const elected = async () => {
        terms += 1;
        if (terms > 1) return;
        await late.opened;
        if (outcome === 'throws') throw new Error('too late');
      };
      const leader = await slowLeader([provider('Hanging', { elected }), provider('Last')]);
      await timeline.shows('leader: Hanging elected');
      await leader.election.resign();
      await timeline.shows('leader: Last elected');

      late.open();
      await new Promise(setImmediate);

      expect(timeline.entries).toEqual([
        'leader: Hanging elected',
        'leader: Hanging demoted',
        'leader: released',
        'leader: Hanging elected',
        'leader: Last elected',
      ]);
      expect(leader.election.isLeader).toBe(true);
      expect(log.errors.map(({ message }) => message)).toEqual(
        outcome === 'throws' ? [expect.stringMatching(/in term \d+: too late$/)] : [],
      );
      await leader.close();
      expect(timeline.entries.slice(5)).toEqual([
        'leader: Last demoted',
        'leader: Hanging demoted',
        'leader: released',
      ]);
    }
  });
});
