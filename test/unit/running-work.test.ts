import { describe, expect, it } from '@jest/globals';
import { currentLeadership } from '../../lib/duties/current-leadership.js';
import { RunningWork } from '../../lib/duties/running-work.js';
import { Term } from '../../lib/election/leadership.js';

const term = (number: bigint) =>
  new Term('default', number, new Date(0), () => Promise.reject(new Error('No database here')));
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

  it('that is synchronous is over when it returns', () => {
    const work = new RunningWork();
    expect(work.run('sum', first, () => 1 + 1)).toBe(2);
    expect(work.namesOf(first)).toEqual([]);
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
