import { describe, expect, it } from '@jest/globals';
import { currentLeadership } from '../../lib/core/duties/current-leadership.js';
import { RunningWork } from '../../lib/core/duties/running-work.js';
import { hostileValues } from '../support/hostile-values.js';
import { settle } from '../support/manual-clock.js';
import { latch } from '../support/timeline.js';
import { TermLeadership } from '../../lib/core/election/term.js';

const term = (number: bigint) =>
  new TermLeadership('default', number, new Date(0), () =>
    Promise.reject(new Error('No database here')),
  );
const first = term(1n);
const second = term(2n);
const never = new Promise<void>(() => undefined);

describe('running work', () => {
  it('is waited for until it has settled, whatever its outcome', async () => {
    const work = new RunningWork();
    let fail: (error: Error) => void = () => undefined;
    const failing = work.run('failing', first, () => new Promise((_, reject) => (fail = reject)));
    expect(work.namesOf(first)).toEqual(['failing']);
    fail(new Error('expected'));
    await expect(failing).rejects.toThrow('expected');
    await work.settled(first);
    expect(work.namesOf(first)).toEqual([]);
  });

  it('that an earlier leadership abandoned is not waited for again', async () => {
    const work = new RunningWork();
    void work.run('abandoned', first, () => never);
    await work.settled(second);
    expect(work.namesOf(second)).toEqual([]);
    expect(work.namesOf(first)).toEqual(['abandoned']);
  });

  it('that was abandoned and ends in a later leadership changes nothing there', async () => {
    const work = new RunningWork();
    const late = latch();
    const abandoned = work.run('handler', first, () => late.opened);
    void work.run('handler', second, () => never);
    late.open();
    await abandoned;
    await settle();
    expect(work.namesOf(first)).toEqual([]);
    expect(work.namesOf(second)).toEqual(['handler']);
  });

  it('that is synchronous is over when it returns, or throws', () => {
    const work = new RunningWork();
    expect(work.run('sum', first, () => 1 + 1)).toBe(2);
    expect(work.namesOf(first)).toEqual([]);
    const fail = () => {
      throw new Error('no sum');
    };
    expect(() => work.run('sum', first, fail)).toThrow('no sum');
    expect(work.namesOf(first)).toEqual([]);
  });

  it('is running from its first instruction on', async () => {
    const work = new RunningWork();
    let settled: Promise<void> | undefined;
    work.run('sum', first, () => {
      expect(work.namesOf(first)).toEqual(['sum']);
      settled = work.settled(first);
    });
    await settled;
  });

  it('knows its own leadership across await', async () => {
    const work = new RunningWork();
    const seen = await work.run('handler', first, async () => {
      await Promise.resolve();
      return currentLeadership();
    });
    expect(seen).toBe(first);
    expect(currentLeadership()).toBeUndefined();
  });
});

/** Runs whenever somebody asks for the outcome, as the query builders of Knex and Drizzle do. */
class Query implements PromiseLike<string> {
  executions = 0;
  sent = latch();
  within: unknown;

  then: PromiseLike<string>['then'] = (...told) => {
    this.executions += 1;
    this.within = currentLeadership();
    return this.sent.opened.then(() => 'rows').then(...told);
  };
}

describe('work that returns a thenable', () => {
  it('runs it once, within its leadership, and is running until it has settled', async () => {
    const work = new RunningWork();
    const query = new Query();
    const result = work.run('query', first, () => query);
    await settle();
    expect(work.namesOf(first)).toEqual(['query']);

    query.sent.open();
    expect(await result).toBe('rows');
    await work.settled(first);
    expect(query.executions).toBe(1);
    expect(query.within).toBe(first);
  });

  it.each<{ what: string; then: PromiseLike<string>['then']; outcome: object }>([
    {
      what: 'throws',
      then: () => {
        throw new Error('no rows');
      },
      outcome: { status: 'rejected', reason: new Error('no rows') },
    },
    {
      what: 'calls both',
      then: (resolve, reject) => {
        void resolve?.('rows');
        void reject?.(new Error('no rows'));
        return Promise.resolve() as never;
      },
      outcome: { status: 'fulfilled', value: 'rows' },
    },
    {
      what: 'calls, and throws',
      then: (resolve) => {
        void resolve?.('rows');
        throw new Error('no rows');
      },
      outcome: { status: 'fulfilled', value: 'rows' },
    },
  ])('which $what, is over afterwards', async ({ then, outcome }) => {
    const work = new RunningWork();
    const result = work.run('query', first, () => ({ then }));
    expect(await Promise.allSettled([result])).toEqual([outcome]);
    await work.settled(first);
    expect(work.namesOf(first)).toEqual([]);
  });

  it('that never calls is waited for', async () => {
    const work = new RunningWork();
    void work.run('query', first, () => ({ then: () => undefined }));
    await settle();
    expect(work.namesOf(first)).toEqual(['query']);
  });

  it('keeps a promise what it is', () => {
    const work = new RunningWork();
    class Special extends Promise<string> {}
    for (const promise of [Promise.resolve(''), Special.resolve('')])
      expect(work.run('special', first, () => promise)).toBe(promise);
  });

  it.each(hostileValues)('is not harmed by what only looks like one: $what', ({ make }) => {
    const work = new RunningWork();
    const value = make();
    expect(
      Object.is(
        work.run('odd', first, () => value),
        value,
      ),
    ).toBe(true);
    expect(work.namesOf(first)).toEqual([]);
  });
});
