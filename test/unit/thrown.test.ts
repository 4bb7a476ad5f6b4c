import { runInNewContext } from 'node:vm';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import {
  asError,
  isError,
  messageOf,
  propertyOf,
  stackOf,
  stringOf,
} from '../../lib/core/common/thrown.js';
import { hostileValues } from '../support/hostile-values.js';

function expectReadable(thrown: unknown) {
  expect(typeof isError(thrown)).toBe('boolean');
  expect(typeof stringOf(thrown)).toBe('string');
  expect(typeof messageOf(thrown)).toBe('string');
  expect(['string', 'undefined']).toContain(typeof stackOf(thrown));
  const { name, message, stack } = asError(thrown);
  expect([typeof name, typeof message, typeof stack]).toEqual(['string', 'string', 'string']);
  propertyOf(thrown, 'code');
}

describe('whatever is thrown can be read', () => {
  it.each(hostileValues)('$what', ({ make }) => {
    expectReadable(make());
  });

  it('anything', () => {
    const anything = fc.anything({
      withBigInt: true,
      withDate: true,
      withMap: true,
      withNullPrototype: true,
      withObjectString: true,
      withSet: true,
      withSparseArray: true,
      withTypedArray: true,
    });
    fc.assert(fc.property(anything, expectReadable));
    fc.assert(
      fc.property(anything, anything, (message, stack) => {
        expectReadable(Object.assign(new Error(), { message, stack }));
      }),
    );
  });
});

describe('of an ordinary error', () => {
  const error = new TypeError('no paper');

  it('the message, the string, the stack and the error itself are what they are', () => {
    expect(messageOf(error)).toBe('no paper');
    expect(stringOf(error)).toBe('TypeError: no paper');
    expect(stackOf(error)).toBe(error.stack);
    expect(asError(error)).toBe(error);
  });

  it('of another realm, too', () => {
    const foreign: unknown = runInNewContext('new TypeError("no paper")');
    expect(foreign instanceof Error).toBe(false);
    expect(messageOf(foreign)).toBe('no paper');
    expect(asError(foreign)).toBe(foreign);
  });

  it('without a message, its name stands for it', () => {
    expect(messageOf(new TypeError())).toBe('TypeError');
  });
});

describe('what is no error', () => {
  it('is its own message', () => {
    expect(messageOf('no paper')).toBe('no paper');
    expect(asError(42)).toMatchObject({ name: 'Error', message: '42' });
    expect(stackOf({ stack: 'made up' })).toBeUndefined();
  });

  it('is described, where it can not be turned into a string', () => {
    expect(messageOf(Object.create(null))).toBe("an object that can't be converted to a string");
  });
});
