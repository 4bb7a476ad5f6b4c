import { describe, expect, it } from '@jest/globals';
import { read } from './spin.mjs';

const output = (errors: number, more = '') => `${more}
State-vector 60 byte, depth reached 168, errors: ${errors}
  4179729 states, stored
 20269809 transitions (= stored+matched)

pan: elapsed time 4.61 seconds
`;

describe('what Spin has printed', () => {
  it('says how many states it has seen, and in which time', () => {
    expect(read(output(0))).toEqual({ violation: undefined, states: 4_179_729, seconds: 4.61 });
  });

  it('says which rule was broken', () => {
    const text = 'pan:1: assertion violated (vacancy<=20) (at depth 77)';
    expect(read(output(1, text)).violation).toBe('assertion violated (vacancy<=20) (at depth 77)');
  });

  it('is also a violation where it names no rule', () => {
    expect(read(output(1)).violation).toBe('unknown');
  });

  it.each(['error: max search depth too small', 'pan: out of memory'])(
    'is refused where it has not gone through all: %s',
    (text) => {
      expect(() => read(output(0, text))).toThrow('Spin did not go through all of it');
    },
  );

  it('is refused where it is nothing', () => {
    expect(() => read('')).toThrow('Spin did not go through all of it');
  });
});
