import { describe, expect, it } from '@jest/globals';
import { peakOfPauses } from './pauses.mjs';

describe('the most connections within 100 ms by the pauses alone', () => {
  const fleet = { candidates: 500, bucket: 100 };

  it('are all connections if all pauses are equally long', () => {
    expect(peakOfPauses({ ...fleet, outage: 1_000 }, () => 0.5)).toBe(500);
  });

  it('are fewer after a longer outage', () => {
    const draws = (outage: number) =>
      Array.from({ length: 20 }, () => peakOfPauses({ ...fleet, outage }));
    expect(Math.min(...draws(300))).toBeGreaterThan(Math.max(...draws(10_000)));
  });
});
