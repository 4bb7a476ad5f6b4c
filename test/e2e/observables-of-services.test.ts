import { getEventListeners } from 'node:events';
import { beforeEach, describe, expect, it } from '@jest/globals';
import { Injectable } from '@nestjs/common';
import {
  BehaviorSubject,
  defer,
  firstValueFrom,
  from,
  map,
  Observable,
  of,
  Subject,
  toArray,
} from 'rxjs';
import { currentLeadership, LeaderOnly, NotLeaderError } from 'nestjs-leader-election';
import { appsOn } from '../support/app.js';
import { log } from '../support/collected-log.js';
import { testDatabase } from '../support/database.js';
import { Diary, latch, timeline, within } from '../support/timeline.js';

const database = await testDatabase();
const startApp = appsOn(database);

let answer = latch();
beforeEach(() => {
  answer = latch();
});

@Injectable()
class Feeds {
  readonly changes = new Subject<string>();
  readonly level = new BehaviorSubject(1);

  constructor(private readonly diary: Diary) {}

  /** Endless. */
  @LeaderOnly()
  feed() {
    return this.#watched('feed', this.changes);
  }

  @LeaderOnly()
  async later() {
    await Promise.resolve();
    return this.#watched('feed', this.changes);
  }

  /** One answer. */
  @LeaderOnly()
  ask() {
    return this.#watched('ask', from(answer.opened.then(() => 42)));
  }

  @LeaderOnly()
  term() {
    return defer(() => of(currentLeadership()?.term));
  }

  @LeaderOnly()
  levels() {
    return this.level;
  }

  #watched<T>(name: string, source: Observable<T>): Observable<T> {
    return new Observable((subscriber) => {
      this.diary.note(`${name} is heard`);
      subscriber.add(source.subscribe(subscriber));
      subscriber.add(() => {
        this.diary.note(`${name} is over`);
      });
    });
  }
}

async function leader() {
  const app = await startApp('leader', { providers: [Feeds], options: { stopTimeout: 20_000 } });
  app.election.events$.subscribe(({ type }) => {
    if (type === 'demoted' || type === 'released') app.diary.note(type);
  });
  const leadership = await app.leads();
  return {
    ...app,
    leadership,
    feeds: app.get(Feeds),
    demoted: () => within(app.election.resign(), () => 'it is not demoted'),
    listeners: () => getEventListeners(leadership.signal, 'abort').length,
  };
}

/** What a subscriber has heard. */
function heardOf<T>(source: Observable<T>) {
  const heard: unknown[] = [];
  const subscription = source.subscribe({
    next: (value) => heard.push(value),
    error: (error: unknown) => heard.push(error),
    complete: () => heard.push('complete'),
  });
  return { heard, leave: () => subscription.unsubscribe() };
}

describe('an Observable of a leader-only method', () => {
  it.each([
    { how: 'as it is', feedOf: (feeds: Feeds) => feeds.feed() },
    { how: 'by a promise', feedOf: (feeds: Feeds) => feeds.later() },
    { how: 'through operators', feedOf: (feeds: Feeds) => feeds.feed().pipe(map((one) => one)) },
  ])('that has told something, $how, ends with the leadership', async ({ feedOf }) => {
    const { feeds, demoted } = await leader();
    const { heard } = heardOf(await feedOf(feeds));
    feeds.changes.next('first');

    await demoted();
    feeds.changes.next('second');

    expect(heard).toEqual(['first', expect.any(NotLeaderError)]);
    expect(heard[1]).toMatchObject({ called: expect.stringMatching(/^Feeds\.(feed|later)$/) });
    expect(timeline.entries).toEqual([
      'leader: feed is heard',
      'leader: feed is over',
      'leader: demoted',
      'leader: released',
    ]);
    expect(log.warnings).toEqual([]);
  });

  it('is waited for where it has one answer, as a promise is', async () => {
    const { feeds, election } = await leader();
    const asked = firstValueFrom(feeds.ask());

    const resigned = election.resign();
    await timeline.shows('leader: demoted');
    answer.open();
    await within(resigned, () => 'it is not demoted');

    expect(await asked).toBe(42);
    expect(timeline.entries).toEqual([
      'leader: ask is heard',
      'leader: demoted',
      'leader: ask is over',
      'leader: released',
    ]);
  });

  it('is refused to whoever subscribes when this instance leads no more', async () => {
    const { feeds, close } = await leader();
    const feed = feeds.feed();

    await close();

    expect(heardOf(feed).heard).toEqual([expect.any(NotLeaderError)]);
    expect(timeline.entries).not.toContain('leader: feed is heard');
  });

  it('belongs to the term in which it is subscribed to, each time', async () => {
    const { feeds, demoted, leads, leadership } = await leader();
    const term = feeds.term();
    expect(await firstValueFrom(term)).toBe(leadership.term);

    await demoted();
    const following = await leads();

    expect(following.term).toBeGreaterThan(leadership.term);
    expect(await firstValueFrom(term)).toBe(following.term);
  });

  it('to which nobody listens any more holds nothing up, and nothing is left of it', async () => {
    const { feeds, demoted, listeners } = await leader();
    const before = listeners();
    const { heard, leave } = heardOf(feeds.feed());
    expect(listeners()).toBe(before + 1);
    leave();
    expect(listeners()).toBe(before);

    await demoted();

    expect(heard).toEqual([]);
    expect(timeline.entries.slice(0, 2)).toEqual(['leader: feed is heard', 'leader: feed is over']);
  });

  it('is still the subject that it was', async () => {
    const { feeds, demoted } = await leader();
    const levels = feeds.levels();
    expect(levels).toBeInstanceOf(BehaviorSubject);
    const { heard } = heardOf(levels);

    levels.next(2);
    expect({ value: levels.value, ofService: feeds.level.value, heard }).toEqual({
      value: 2,
      ofService: 2,
      heard: [1, 2],
    });
    await demoted();

    expect(heard).toEqual([1, 2, expect.any(NotLeaderError)]);
    expect(feeds.level.observed).toBe(false);
  });

  it('passes on what its source says', async () => {
    const { feeds } = await leader();
    const { heard } = heardOf(feeds.feed());
    const all = firstValueFrom(feeds.feed().pipe(toArray()));

    feeds.changes.next('first');
    feeds.changes.complete();

    expect(heard).toEqual(['first', 'complete']);
    expect(await all).toEqual(['first']);
  });

  it('fails as its source does', async () => {
    const { feeds } = await leader();
    const { heard } = heardOf(feeds.feed());
    const failure = new Error('no more changes');

    feeds.changes.error(failure);

    expect(heard).toEqual([failure]);
  });
});
