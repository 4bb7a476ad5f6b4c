import { describe, expect, it } from '@jest/globals';
import { checkPayloads } from './check-payloads.js';

describe('an instance that hears anything', () => {
  it('stands by, follows whoever leads, and sends no more than it should', async () => {
    const { heard, understood, reports } = await checkPayloads({ count: 40_000, seed: 20_261_127 });
    expect(heard).toBe(40_000);
    // Enough of them go as deep as messages can.
    expect(understood).toBeGreaterThan(2_000);
    expect(reports).toBeGreaterThan(5);
  });
});
