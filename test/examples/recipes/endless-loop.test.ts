import { setTimeout as delay } from 'node:timers/promises';
import { expect, it } from '@jest/globals';
import { Injectable, Logger } from '@nestjs/common';
import { Interval } from '@nestjs/schedule';
import {
  LeaderOnly,
  type Leadership,
  type OnDemoted,
  type OnElected,
} from 'nestjs-leader-election';
import { appsOn } from '../../support/app.js';
import { log } from '../../support/collected-log.js';
import { testDatabase } from '../../support/database.js';
import { Diary, eventually, timeline } from '../../support/timeline.js';

const database = await testDatabase();
const start = appsOn(database);

@Injectable()
class Orders {
  round = 0;

  constructor(private readonly diary: Diary) {}

  async reconcile() {
    this.round += 1;
    this.diary.note(`round ${this.round} begins`);
    await new Promise(setImmediate);
    this.diary.note(`round ${this.round} ends`);
    if (this.round === 2) throw new Error('the shop is closed');
  }
}

// #region loop
@LeaderOnly()
@Injectable()
class Reconciler implements OnElected, OnDemoted {
  readonly #logger = new Logger(Reconciler.name);
  #loop = Promise.resolve();

  constructor(private readonly orders: Orders) {}

  /** Starts the loop and returns, because the leader-only jobs wait for this hook. */
  onElected({ signal }: Leadership) {
    this.#loop = this.#run(signal);
  }

  /** The lock is released after the last round. */
  async onDemoted() {
    await this.#loop;
  }

  async #run(signal: AbortSignal) {
    while (!signal.aborted) {
      try {
        await this.orders.reconcile();
      } catch (error) {
        this.#logger.error('A round failed', error);
      }
      await delay(500, undefined, { signal }).catch(() => undefined); // ends with the term
    }
  }
}
// #endregion

@Injectable()
class Jobs {
  constructor(private readonly diary: Diary) {}

  @LeaderOnly()
  @Interval(1)
  tick() {
    this.diary.note('job');
  }
}

const setup = { providers: [Orders, Reconciler, Jobs] };
const rounds = () => timeline.entries.filter((entry) => entry.includes('round'));

it('runs on the leader beside its jobs, and on the next one when its last round has ended', async () => {
  const first = await start('first', setup);
  await timeline.shows('first: round 1 ends');
  await timeline.shows('first: job');
  const second = await start('second', setup);
  await second.waitsInLine();

  await first.close();
  await timeline.shows('second: round 1 ends');

  const ofFirst = rounds().filter((entry) => entry.startsWith('first'));
  expect(ofFirst.at(-1)).toMatch(/ends$/);
  expect(rounds().slice(0, ofFirst.length)).toEqual(ofFirst);
});

it('goes on when a round has failed', async () => {
  const one = await start('one', setup);
  await eventually(() => one.get(Orders).round > 2);

  expect(log.errors).toMatchObject([{ message: 'A round failed' }]);
});
