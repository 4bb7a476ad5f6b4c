import { describe, expect, it } from '@jest/globals';
import { InvalidOptionError, type Timings } from 'nestjs-leader-election';
import { codeBlocksOf, read } from '../../tooling/documentation.mjs';
import { statementTimeout } from '../../lib/core/postgres/set-up-statements.js';
import { resolveOptions } from '../../lib/core/resolve-options.js';

/** The intervals that a text gives: `{ heirInterval: 3_000 }`. */
function intervalsIn(text: string): Partial<Timings> {
  const given = [...text.matchAll(/\b(\w+(?:Interval|Deadline|Duration|Timeout)): ([\d_]+)/g)];
  return Object.fromEntries(
    given.map(([, option = '', value = '']) => [option, Number(value.replaceAll('_', ''))]),
  );
}

const resolve = (intervals: Partial<Timings>) =>
  resolveOptions(
    { connection: 'postgresql://db/app', ...intervals },
    { elections: ['a'], others: [] },
  );

describe('docs/tuning.md', () => {
  const examples = codeBlocksOf('docs/tuning.md').map(({ code }) => intervalsIn(code));
  const page = read('docs/tuning.md');
  const refused = page
    .slice(page.indexOf('## What is refused'))
    .split('\n')
    .filter((line) => line.startsWith('| `{'))
    .flatMap((line) => line.match(/\{[^}]*\}/g) ?? []);

  it.each(examples)('gives an example that is accepted: %j', (intervals) => {
    expect(Object.keys(intervals)).not.toEqual([]);
    expect(resolve(intervals).timings).toMatchObject(intervals);
  });

  it.each(refused)('says rightly that %s is refused', (text) => {
    expect(() => resolve(intervalsIn(text))).toThrow(InvalidOptionError);
  });

  it('computes the time for a statement as the code does', () => {
    const [faster] = examples;

    expect(page).toContain(`${statementTimeout(resolve({}).timings) / 1_000} s by default`);
    expect(page).toContain(`has ${statementTimeout(resolve(faster ?? {}).timings) / 1_000} s.`);
    expect(refused.length).toBeGreaterThan(5);
  });
});
