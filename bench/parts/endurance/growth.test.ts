import { describe, expect, it } from '@jest/globals';
import { growth } from './growth.mjs';

describe('the growth of a long run', () => {
  it('is what the last third exceeds the middle one by, whatever came before and in between', () => {
    expect(growth([9, 50, 1, 4, 4, 900, 6, 6, 0])).toBe(2);
    expect(growth([1, 2])).toBe(0);
  });
});
