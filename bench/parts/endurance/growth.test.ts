import { describe, expect, it } from '@jest/globals';
import { growth } from './growth.mjs';

describe('the growth of a long run', () => {
  it('is the difference of the medians of the last two thirds, despite outliers', () => {
    expect(growth([9, 50, 1, 4, 4, 900, 6, 6, 0])).toBe(2);
    expect(growth([1, 2])).toBe(0);
  });
});
