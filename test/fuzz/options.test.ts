import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { InvalidOptionError } from '../../lib/core/invalid-option.error.js';
import { defaultTimings } from '../../lib/core/model/timings.js';
import { resolveOptions } from '../../lib/core/resolve-options.js';
import { hostileValues } from '../support/hostile-values.js';

const PASSWORD = 'tr0ub4dor-and-3';
const connection = `postgresql://user:${PASSWORD}@localhost/database`;

const OPTIONS = [
  ...['connection', 'instanceId', 'address', 'zone', 'candidate', 'maxCandidates', 'takeover'],
  ...['spread', 'pooler', 'metrics', 'elections', 'standalone', 'unknown', '__proto__', ''],
  ...Object.keys(defaultTimings),
];

type Make = () => unknown;

const anyValue: fc.Arbitrary<Make> = fc.oneof(
  fc.constantFrom(...hostileValues).map(({ make }) => make),
  fc
    .anything({ withBigInt: true, withNullPrototype: true, withDate: true, withSparseArray: true })
    .map((value) => () => value),
  fc
    .constantFrom<unknown>(null, 0, -1, 1, 1.5, NaN, Infinity, 86_400_001, '', ' ', 'x'.repeat(201))
    .map((value) => () => value),
  fc
    .constantFrom<unknown>(
      'fast',
      'strict',
      'session',
      true,
      false,
      5_000,
      [''],
      [[]],
      [{ name: '' }],
    )
    .map((value) => () => value),
  fc
    .constantFrom<unknown>({ password: PASSWORD }, [connection], { connection })
    .map((value) => () => value),
);

/** Reading it throws, and what it throws quotes a secret. */
const unreadable = (target: object) =>
  new Proxy(target, {
    get() {
      throw new Error(`can not read ${connection}`);
    },
  });

/** One or a few options are anything. */
const changes = fc.array(fc.tuple(fc.constantFrom(...OPTIONS), anyValue), {
  minLength: 1,
  maxLength: 3,
});

/** Resolves to what the options come to, or the error. */
function outcomeOf(changed: readonly (readonly [string, Make])[]) {
  const given: Record<string, unknown> = { connection };
  for (const [name, make] of changed)
    Object.defineProperty(given, name, { value: make(), enumerable: true, configurable: true });
  const { elections = ['default'], standalone, ...options } = given;
  try {
    const others = ['elections', 'standalone'];
    return resolveOptions(options, { elections: elections as string[], standalone, others });
  } catch (error) {
    return error;
  }
}

describe('an option that throws when it is read', () => {
  it.each([
    ['connection', {}],
    ['elections', []],
    ['metrics', []],
  ])('is named, and no secret is quoted: %s', (option, target) => {
    const { message } = outcomeOf([[option, () => unreadable(target)]]) as InvalidOptionError;
    expect(message).toMatch(
      `Option \`${option}\` must be a value that can be read without an error; given: `,
    );
    expect(message).not.toContain(PASSWORD);
  });
});

describe('a list with a hole', () => {
  it.each([
    ['elections', 'elections[1]'],
    ['metrics', 'metrics'],
  ])('is refused: %s', (name, option) => {
    const list: unknown[] = Array(2);
    if (name === 'elections') list[0] = 'default';
    expect(outcomeOf([[name, () => list]])).toMatchObject({ name: 'InvalidOptionError', option });
  });
});

describe('options that are anything', () => {
  it('are used as they should be, or refused by an error that names one of them, without a secret', () => {
    fc.assert(
      fc.property(changes, (changed) => {
        const outcome = outcomeOf(changed);
        if (outcome instanceof InvalidOptionError) {
          const names = changed.map(([name]) => name);
          // Of intervals that do not fit together, it names all.
          const isNamed = names.some((name) => outcome.message.includes(name));
          expect([outcome.option, isNamed]).toEqual([outcome.option, true]);
          expect(outcome.message).toMatch(/^Option `[^]*` must be [^]+; given: /);
          expect(`${outcome.message}${JSON.stringify({ ...outcome })}`).not.toContain(PASSWORD);
          return;
        }
        const { elections, instanceId, takeover, timings } = outcome as ReturnType<
          typeof resolveOptions
        >;
        expect(elections.length).toBeGreaterThan(0);
        for (const { name } of elections) expect(name.trim()).not.toBe('');
        expect(typeof instanceId).toBe('string');
        expect(['fast', 'strict']).toContain(takeover);
        for (const value of Object.values(timings)) expect(Number.isInteger(value)).toBe(true);
        expect(timings.heartbeatInterval).toBeLessThan(timings.renewDeadline);
        expect(timings.renewDeadline).toBeLessThan(timings.leaseDuration);
      }),
      { numRuns: 20_000 },
    );
  });
});
