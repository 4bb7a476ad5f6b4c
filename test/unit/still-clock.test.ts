import { describe, expect, it } from '@jest/globals';
import { StillClock } from '../../lib/testing/still-clock.js';

describe('the clock of a test', () => {
  it('fires each timer when it is due, in order, and none before', () => {
    const clock = new StillClock();
    const fired: string[] = [];
    const at = (due: number) => () => void fired.push(`${due} at ${clock.now().monotonic}`);
    for (const due of [300, 100, 200]) clock.after(due, at(due));
    clock.advance(50);
    expect(fired).toEqual([]);
    clock.advance(150);
    expect(fired).toEqual(['100 at 100', '200 at 200']);
    clock.advance(1_000);
    expect(fired).toEqual(['100 at 100', '200 at 200', '300 at 300']);
    expect(clock.now().monotonic).toBe(1_200);
  });

  it('fires none that was cancelled', () => {
    const clock = new StillClock();
    const fired: string[] = [];
    clock.after(100, () => void fired.push('late'))();
    clock.advance(1_000);
    expect(fired).toEqual([]);
  });
});
