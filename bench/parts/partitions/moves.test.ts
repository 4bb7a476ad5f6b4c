import { describe, expect, it } from '@jest/globals';
import { longestGap, neededMoves } from './moves.mjs';

describe('the moves that a new instance needs', () => {
  it.each([
    { counts: [16, 16, 16], size: 4, moves: 12 },
    { counts: [5, 5, 5, 5, 5, 5, 5, 5, 4, 4], size: 11, moves: 4 },
    { counts: [1, 1, 1, 0], size: 5, moves: 0 },
    { counts: [3], size: 2, moves: 1 },
  ])('are $moves from $counts to $size instances', ({ counts, size, moves }) => {
    expect(neededMoves(counts, size)).toBe(moves);
  });
});

describe('the longest gap', () => {
  const journal = [
    { type: 'demoted', partition: 1, at: 100 },
    { type: 'elected', partition: 1, at: 90 },
    { type: 'elected', partition: 1, at: 107 },
    { type: 'demoted', partition: 2, at: 200 },
    { type: 'elected', partition: 2, at: 203 },
    { type: 'elected', partition: 3, at: 250 },
  ] as const;

  it('is from the end of a leadership until the next one of the same partition begins', () => {
    expect(longestGap(journal)).toBe(7);
  });

  it('counts from the death of a leader, which leaves no entry in the journal', () => {
    expect(longestGap(journal, { partitions: [3], at: 150 })).toBe(100);
  });

  it('is infinite if no instance has led since', () => {
    expect(longestGap(journal, { partitions: [4], at: 150 })).toBe(Infinity);
  });
});
