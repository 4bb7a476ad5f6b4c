import { describe, expect, it } from '@jest/globals';
import { Throttle } from '../../lib/core/time/throttle.js';
import { ManualClock } from '../support/manual-clock.js';

function coalesced() {
  const clock = new ManualClock();
  const acts: number[] = [];
  const pace = { clock, random: () => 0.5, within: 200, every: 500 };
  const one = new Throttle(pace, () => acts.push(clock.now().monotonic));
  return { clock, acts, one, start: clock.now().monotonic };
}

describe('what anybody may ask for', () => {
  it('is done within its time', async () => {
    const { clock, acts, one, start } = coalesced();
    one.ask();
    await clock.run(99);
    expect(acts).toEqual([]);
    await clock.run(1);
    expect(acts).toEqual([start + 100]);
  });

  it('is done once for all who ask until then, and for those who ask later after a pause', async () => {
    const { clock, acts, one, start } = coalesced();
    for (let asked = 0; asked < 3_000; asked += 1) {
      one.ask();
      await clock.run(1);
    }
    expect(acts.map((at) => at - start)).toEqual([100, 700, 1_300, 1_900, 2_500]);
  });

  it('is not begun again while it is under way, and once afterwards for all who asked meanwhile', async () => {
    const clock = new ManualClock();
    const acts: (() => void)[] = [];
    const pace = { clock, random: () => 0, within: 0, every: 500 };
    const one = new Throttle(pace, () => new Promise<void>((resolve) => acts.push(resolve)));
    for (let asked = 0; asked < 5_000; asked += 1) {
      one.ask();
      await clock.run(1);
    }
    expect(acts.length).toBe(1);
    acts[0]?.();
    await clock.run(10_000);
    expect(acts.length).toBe(2);
    acts[1]?.();
    await clock.run(10_000);
    expect(acts.length).toBe(2);
  });

  it('can fail, and is done again for whoever asks later', async () => {
    const clock = new ManualClock();
    let acts = 0;
    const pace = { clock, random: () => 0, within: 0, every: 500 };
    const one = new Throttle(pace, async () => {
      acts += 1;
      throw new Error('It failed');
    });
    one.ask();
    await clock.run(1_000);
    one.ask();
    await clock.run(1_000);
    expect(acts).toBe(2);
  });

  it('is not done any more when it was cancelled', async () => {
    const { clock, acts, one } = coalesced();
    one.ask();
    one.cancel();
    await clock.run(10_000);
    expect(acts).toEqual([]);
  });
});
