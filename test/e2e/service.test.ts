import { describe, expect, it } from '@jest/globals';
import { Injectable } from '@nestjs/common';
import { Timeout } from '@nestjs/schedule';
import {
  InjectLeaderElection,
  LeaderElectionService,
  LeaderOnly,
  type OnDemoted,
  type OnElected,
} from 'nestjs-leader-election';
import { appsOn } from '../support/app.js';
import { log } from '../support/collected-log.js';
import { testDatabase } from '../support/database.js';
import { Diary, eventually, latch, timeline, within } from '../support/timeline.js';

const startApp = appsOn(await testDatabase());

describe('whenLeader()', () => {
  it('resolves with the current term', async () => {
    const { election, leads } = await startApp('first');
    await leads();

    expect(await election.whenLeader()).toBe(election.leadership);
  });

  it('resolves with the next term of an instance that waits for it', async () => {
    const first = await startApp('first');
    const { term } = await first.leads();
    const second = await startApp('second');
    const elected = second.election.whenLeader();
    await second.waitsInLine();

    await first.election.resign();

    expect(await elected).toMatchObject({ election: 'default', signal: { aborted: false } });
    expect((await elected).term).toBeGreaterThan(term);
  });

  it('rejects with the reason of a signal that aborts first', async () => {
    await (await startApp('first')).leads();
    const { election } = await startApp('second');
    const enough = new AbortController();
    const elected = election.whenLeader({ signal: enough.signal });

    enough.abort(new Error('waited long enough'));

    await expect(elected).rejects.toThrow('waited long enough');
    await expect(election.whenLeader({ signal: enough.signal })).rejects.toThrow(
      'waited long enough',
    );
  });
});

describe('whenLeader() of an application that shuts down', () => {
  it('rejects with an error that names the election, also when it is called afterwards', async () => {
    await (await startApp('first')).leads();
    const { election, waitsInLine, close } = await startApp('second');
    await waitsInLine();
    const { signal } = new AbortController();
    const elected = Promise.allSettled([election.whenLeader(), election.whenLeader({ signal })]);
    await close();

    const stopped = {
      name: 'ElectionStoppedError',
      election: 'default',
      message: expect.stringMatching(
        /^This instance will not lead "default" any more, .* shutting down/,
      ),
    };
    expect(await within(elected, () => 'whenLeader() is still pending')).toMatchObject([
      { reason: stopped },
      { reason: stopped },
    ]);
    await expect(election.whenLeader()).rejects.toMatchObject(stopped);
  });

  it('does not keep a handler of another election from ending', async () => {
    @Injectable()
    class Both {
      constructor(
        @InjectLeaderElection('billing') private readonly billing: LeaderElectionService,
        private readonly diary: Diary,
      ) {}

      @LeaderOnly()
      @Timeout(1)
      async wait() {
        this.diary.note('waiting');
        const error = await this.billing.whenLeader().catch((reason: Error) => reason);
        this.diary.note(`ended: ${'name' in error ? error.name : 'elected'}`);
      }
    }
    const elections = ['default', { name: 'billing', candidate: false }];
    const { close } = await startApp('app', { providers: [Both], options: { elections } });
    await timeline.shows('app: waiting');

    await close();

    expect(timeline.entries).toEqual(['app: waiting', 'app: ended: ElectionStoppedError']);
    expect(log.warnings).toEqual([]);
  });
});

describe('runIfLeader()', () => {
  it('runs the work of a leader with its leadership, and gives its result', async () => {
    const { election, leads } = await startApp('first');
    const leadership = await leads();

    expect(await election.runIfLeader((given) => given === leadership && 'done')).toBe('done');
  });

  it('gives undefined on a standby, and does not run the work', async () => {
    await (await startApp('first')).leads();
    const { election, diary } = await startApp('second');

    expect(await election.runIfLeader(() => diary.note('worked'))).toBeUndefined();
    expect(timeline.entries).toEqual([]);
  });

  it('rejects with what the work throws, and the leader leads on', async () => {
    const { election, leads } = await startApp('first');
    await leads();

    const work = election.runIfLeader(() => {
      throw new Error('no paper');
    });

    await expect(work).rejects.toThrow('no paper');
    expect(election.isLeader).toBe(true);
  });

  it('is awaited when the leadership ends', async () => {
    const { election, leads, hears, diary } = await startApp('first');
    await leads();
    const printed = latch();
    const work = election.runIfLeader(async () => {
      await printed.opened;
      diary.note('printed');
    });

    const resigned = election.resign().then(() => {
      diary.note('resigned');
    });
    await hears('demoted');
    printed.open();
    await Promise.all([work, resigned]);

    expect(timeline.entries).toEqual(['first: printed', 'first: resigned']);
  });
});

describe('resign()', () => {
  it('lets another instance lead, and the resigned one stands in line again', async () => {
    const first = await startApp('first');
    const { signal } = await first.leads();
    const second = await startApp('second');
    await second.waitsInLine();

    await first.election.resign();

    expect(first.election.isLeader).toBe(false);
    expect(signal.reason).toMatchObject({ name: 'LeadershipLostError', reason: 'resigned' });
    await second.leads();
    await first.waitsInLine();
  });

  it('does nothing on a standby', async () => {
    const first = await startApp('first');
    const { term } = await first.leads();
    const second = await startApp('second');
    await second.waitsInLine();

    await second.election.resign();

    expect(first.election.leadership?.term).toBe(term);
    expect(second.election.status().role).toBe('heir');
  });

  it('is for the next term of an instance that is alone', async () => {
    const { election, leads } = await startApp('first');
    const { term } = await leads();

    await election.resign();

    expect((await leads()).term).toBeGreaterThan(term);
  });

  it.each(['in the first instruction', 'later'])(
    'does not deadlock when a hook calls it and waits, %s; onDemoted follows when the hook has returned',
    async (when) => {
      @LeaderOnly()
      @Injectable()
      class Handover implements OnElected, OnDemoted {
        constructor(
          private readonly election: LeaderElectionService,
          private readonly diary: Diary,
        ) {}

        async onElected() {
          if (when === 'later') await Promise.resolve();
          await this.election.resign();
          this.diary.note('onElected resigned');
          await new Promise(setImmediate);
          this.diary.note('onElected returns');
        }

        async onDemoted() {
          await this.election.resign();
          this.diary.note('onDemoted returns');
        }
      }
      const first = await startApp('first', { providers: [Handover] });
      first.election.events$.subscribe(({ type }) => {
        if (type === 'released') first.diary.note('released');
      });
      await timeline.shows('first: released');

      expect(timeline.entries).toEqual([
        'first: onElected resigned',
        'first: onElected returns',
        'first: onDemoted returns',
        'first: released',
      ]);
      expect([log.errors, log.warnings]).toEqual([[], []]);
    },
  );

  it('does not deadlock when a leader-only job calls it and waits', async () => {
    @Injectable()
    class Handover {
      readonly due = latch();

      constructor(
        private readonly election: LeaderElectionService,
        private readonly diary: Diary,
      ) {}

      @LeaderOnly()
      @Timeout(1)
      async handOver() {
        await this.due.opened;
        await this.election.resign();
        this.diary.note(`resigned, leading: ${this.election.isLeader}`);
      }
    }
    const first = await startApp('first', { providers: [Handover] });
    await first.leads();
    const second = await startApp('second');
    await second.waitsInLine();

    first.get(Handover).due.open();
    await second.leads();

    expect(timeline.entries).toEqual(['first: resigned, leading: false']);
    await eventually(() => first.election.leader?.instanceId === 'second');
  });
});
