import { describe, expect, it } from '@jest/globals';
import { Injectable } from '@nestjs/common';
import { Interval } from '@nestjs/schedule';
import { LeaderElectionService, LeaderOnly, type OnElected } from 'nestjs-leader-election';
import { appsOn, type TestApp } from '../support/app.js';
import { log } from '../support/collected-log.js';
import { testDatabase } from '../support/database.js';
import { Diary, eventually, latch, timeline } from '../support/timeline.js';

const startApp = appsOn(await testDatabase());

@LeaderOnly()
@Injectable()
class Poisoned implements OnElected {
  constructor(private readonly diary: Diary) {}

  async onElected() {
    this.diary.note('elected');
    throw new Error('no licence');
  }

  @Interval(1)
  work() {
    this.diary.note('worked');
  }

  onDemoted(_leadership: unknown, reason: string) {
    this.diary.note(`demoted (${reason})`);
  }
}

@LeaderOnly()
@Injectable()
class Following implements OnElected {
  constructor(private readonly diary: Diary) {}

  onElected() {
    this.diary.note('followed');
  }
}

const terms = ({ events }: TestApp) => events.filter(({ type }) => type === 'elected').length;

const absences = () =>
  log.warnings
    .flatMap(({ message }) => /not contending for (\d+) ms/.exec(message)?.[1] ?? [])
    .map(Number);

describe('an instance whose onElected fails', () => {
  it('logs it with the stack, steps down with the reason error, and never starts a job', async () => {
    const { events, hears } = await startApp('app', { providers: [Poisoned, Following] });
    await hears('released');

    expect(log.errors).toMatchObject([
      {
        message: expect.stringMatching(/^The duties of "default" failed in term \d+: no licence$/),
        rest: [expect.stringContaining('Poisoned.onElected ('), 'LeaderElection'],
      },
    ]);
    expect(events.find(({ type }) => type === 'demoted')).toMatchObject({ reason: 'error' });
    expect(timeline.entries).toEqual(['app: elected', 'app: demoted (error)']);
  });

  it('lets another lead, who leads on', async () => {
    const poisoned = await startApp('poisoned', { providers: [Poisoned] });
    await poisoned.hears('released');

    const sound = await startApp('sound');

    const { signal } = await sound.leads();
    await poisoned.knowsLeader('sound');
    expect(signal.aborted).toBe(false);
  });

  it('does not contend for a time that doubles, where there is no other', async () => {
    const app = await startApp('app', { providers: [Poisoned], options: { retryInterval: 50 } });
    await eventually(() => absences().length === 4);

    [100, 200, 400, 800].forEach((absence, index) => {
      expect(absences()[index]).toBeGreaterThanOrEqual(absence * 0.8);
      expect(absences()[index]).toBeLessThanOrEqual(absence * 1.2);
    });
    const at = app.events.filter(({ type }) => type === 'elected').map((event) => Number(event.at));
    const pauses = at.slice(1).map((time, index) => time - (at[index] ?? 0));
    // ± 20 %, and a timer may fire a millisecond early.
    expect(pauses[0]).toBeGreaterThanOrEqual(100 * 0.8 - 1);
    expect(pauses[1]).toBeGreaterThanOrEqual(200 * 0.8 - 1);
    expect(pauses[2]).toBeGreaterThanOrEqual(400 * 0.8 - 1);
  });

  it('leads as before once it can', async () => {
    let licensed = false;
    @LeaderOnly()
    @Injectable()
    class Licensed implements OnElected {
      constructor(private readonly diary: Diary) {}

      onElected() {
        if (!licensed) throw new Error('no licence');
        this.diary.note('leads');
      }
    }
    const app = await startApp('app', { providers: [Licensed], options: { retryInterval: 50 } });
    await app.hears('released');

    licensed = true;
    await timeline.shows('app: leads');

    await eventually(() => app.election.isLeader);
  });

  it('does not take turns with another such instance, without any pause', async () => {
    // Nobody's back-off, which is twice as long, may end while the others start.
    const options = { retryInterval: 60_000 };
    const first = await startApp('first', { providers: [Poisoned], options });
    await first.hears('released');
    const second = await startApp('second', { providers: [Poisoned], options });
    await second.hears('released');
    const third = await startApp('third', { providers: [Poisoned], options });
    await third.hears('released');
    const sound = await startApp('sound');
    await sound.leads();

    expect([terms(first), terms(second), terms(third)]).toEqual([1, 1, 1]);
  });
});

describe('an onElected that is still running when the leadership ends', () => {
  it('sees its signal aborted; onDemoted of its provider follows, and no later onElected', async () => {
    @LeaderOnly()
    @Injectable()
    class Starting implements OnElected {
      constructor(
        private readonly diary: Diary,
        private readonly election: LeaderElectionService,
      ) {}

      async onElected() {
        const aborted = latch();
        this.election.leadership?.signal.addEventListener('abort', () => {
          aborted.open();
        });
        this.diary.note('starting');
        await aborted.opened;
        this.diary.note('gave up');
      }

      onDemoted() {
        this.diary.note('demoted');
      }
    }
    const app = await startApp('app', { providers: [Starting, Following] });
    await timeline.shows('app: starting');

    await app.close();

    expect(timeline.entries).toEqual(['app: starting', 'app: gave up', 'app: demoted']);
    expect(log.errors).toEqual([]);
  });
});
