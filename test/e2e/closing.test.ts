import { createServer, type AddressInfo, type Socket } from 'node:net';
import { afterAll, describe, expect, it } from '@jest/globals';
import { Injectable } from '@nestjs/common';
import { Timeout } from '@nestjs/schedule';
import { LeaderOnly, type OnDemoted, type OnElected } from 'nestjs-leader-election';
import { appsOn } from '../support/app.js';
import { log } from '../support/collected-log.js';
import { testDatabase } from '../support/database.js';
import { lockHolders, sessions } from '../support/sessions.js';
import { Diary, eventually, latch, timeline } from '../support/timeline.js';

const database = await testDatabase();
const startApp = appsOn(database);

/** Takes connections and never says a word. */
const silent = createServer();
const connections = new Set<Socket>();
silent.on('connection', (socket) => {
  connections.add(socket);
  socket.resume(); // Or else it does not notice the end.
});
await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
const silentPort = (silent.address() as AddressInfo).port;
afterAll(() => {
  for (const socket of connections) socket.destroy();
  silent.close();
});

describe('close() without a connection', () => {
  it('works while the server takes connections but does not answer', async () => {
    const connection = `postgresql://app@127.0.0.1:${silentPort}/app`;
    const { election, close } = await startApp('app', { options: { connection } });
    await eventually(() => connections.size > 0);

    await close();

    expect(election.status().role).toBe('stopped');
    await eventually(() => [...connections].every(({ readyState }) => readyState !== 'open'));
  });

  it('works between two attempts to reach a database that is not there, and ends them', async () => {
    let attempts = 0;
    const connection = () => {
      attempts += 1;
      return 'postgresql://app@127.0.0.1:1/app';
    };
    const { election, hears, close } = await startApp('app', { options: { connection } });
    await hears('connection-lost');

    await close();

    const made = attempts;
    await new Promise(setImmediate);
    expect([election.status().role, attempts]).toEqual(['stopped', made]);
  });
});

describe('close() during an election', () => {
  it('aborts an onElected that is under way, starts no job, and releases the lock', async () => {
    @LeaderOnly()
    @Injectable()
    class Starting implements OnElected, OnDemoted {
      constructor(private readonly diary: Diary) {}

      async onElected({ signal }: Parameters<OnElected['onElected']>[0]) {
        this.diary.note('starting');
        await new Promise((resolve) => signal.addEventListener('abort', resolve));
        this.diary.note('gave up');
      }

      @Timeout(1)
      work() {
        this.diary.note('worked');
      }

      onDemoted(_leadership: unknown, reason: string) {
        this.diary.note(`demoted (${reason})`);
      }
    }
    const { close } = await startApp('app', { providers: [Starting] });
    await timeline.shows('app: starting');

    await close();

    expect(timeline.entries).toEqual(['app: starting', 'app: gave up', 'app: demoted (shutdown)']);
    expect(await lockHolders(database)).toEqual([]);
    expect([log.errors, log.warnings]).toEqual([[], []]);
  });
});

describe('close() that leader-only code itself waits for', () => {
  it.each(['a job', 'onElected'])('is through after stopTimeout: in %s', async (where) => {
    const ready = latch();
    let closeApp = () => Promise.reject<void>(new Error('It has not started'));
    @LeaderOnly()
    @Injectable()
    class Closing implements OnElected {
      constructor(private readonly diary: Diary) {}

      async onElected() {
        if (where === 'onElected') await this.close();
      }

      @Timeout(1)
      async job() {
        if (where === 'a job') await this.close();
      }

      private async close() {
        await ready.opened;
        this.diary.note('closing');
        await closeApp();
        this.diary.note('closed');
      }
    }
    const app = await startApp('app', {
      providers: [Closing],
      options: { stopTimeout: 200 },
    });
    closeApp = app.close;
    ready.open();

    await timeline.shows('app: closed');

    expect(timeline.entries).toEqual(['app: closing', 'app: closed']);
    const name = where === 'a job' ? 'Closing.job' : 'Closing.onElected';
    expect(log.warnings.at(-1)?.message).toBe(
      `"default": abandoned after 200 ms (stopTimeout), still running: ${name}`,
    );
    expect(await lockHolders(database)).toEqual([]);
  });
});

describe('an application that is made again and again in one process, as in a hot reload', () => {
  it('leads each time, in a later term, and leaves no session, lock or listener behind', async () => {
    @LeaderOnly()
    @Injectable()
    class Duty implements OnElected, OnDemoted {
      constructor(private readonly diary: Diary) {}

      onElected() {
        this.diary.note('elected');
      }

      onDemoted() {
        this.diary.note('demoted');
      }
    }
    const listeners = () =>
      process.eventNames().reduce((sum, event) => sum + process.listenerCount(event), 0);
    const before = listeners();
    const terms: bigint[] = [];
    for (let time = 1; time <= 5; time += 1) {
      timeline.clear();
      const app = await startApp('app', { providers: [Duty] });
      terms.push((await app.leads()).term);
      await timeline.shows('app: elected');
      expect(await lockHolders(database)).toEqual(['app']);
      await app.close();
      expect(timeline.entries).toEqual(['app: elected', 'app: demoted']);
    }

    expect(terms).toEqual([...new Set(terms)].sort((a, b) => Number(a - b)));
    expect(listeners()).toBe(before);
    expect(await lockHolders(database)).toEqual([]);
    await eventually(async () => (await sessions(database)).length === 0);
  });
});
