import { describe, expect, it } from '@jest/globals';
import { defaultTimings, type InvalidOptionError } from 'nestjs-leader-election';
import { read } from '../../tooling/documentation.mjs';
import { LeaderElectionRegistry } from '../../lib/leader-election.registry.js';
import { resolveOptions } from '../../lib/core/resolve-options.js';

/** The rows of all tables whose first column is an option. */
const rows = [...read('docs/options.md').matchAll(/^\| `(\w+)` +\| (.*?) +\| (.*?) +\|/gm)].map(
  ([, option = '', byDefault = '', allowed = '']) => ({ option, byDefault, allowed }),
);
const inTables = rows.map(({ option }) => option);

const connection = 'postgresql://db/app';

/** What the code says about options that it can't use. */
function refusal(options: object): InvalidOptionError {
  try {
    new LeaderElectionRegistry(options);
  } catch (error) {
    return error as InvalidOptionError;
  }
  throw new Error('It was not refused.');
}

function known(options: object): string[] {
  const names = /the options are (.*)$/.exec(refusal(options).allowed)?.[1];
  return names?.split(', ') ?? [];
}

describe('docs/options.md', () => {
  const ofModule = known({ connection, misspelt: 1 });
  const ofElection = known({ connection, elections: [{ name: 'a', misspelt: 1 }] });

  it('has every option, and no other', () => {
    expect(ofModule.length).toBeGreaterThan(10);
    // `candidate` is one of the module and one of an election.
    expect(inTables.toSorted()).toEqual([...ofModule, ...ofElection].toSorted());
  });

  it.each(rows)('says what `$option` must be', ({ option, allowed }) => {
    const wrong = NaN;
    const { allowed: said } = ofModule.includes(option)
      ? refusal({ connection, [option]: wrong })
      : refusal({ connection, elections: [{ name: 'a', [option]: wrong }] });

    expect(allowed.replaceAll('`', '').replaceAll('\\', '')).toBe(said);
  });

  it.each(Object.entries(defaultTimings))(
    'says that the default of %s is %s ms',
    (option, value) => {
      const row = rows.find((one) => one.option === option);
      expect(row?.byDefault).toBe(String(value));
    },
  );

  it('says the other defaults', () => {
    const { takeover, spread, elections } = resolveOptions(
      { connection },
      { elections: ['default'], others: [] },
    );

    expect(rows).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ option: 'takeover', byDefault: `\`'${takeover}'\`` }),
        expect.objectContaining({ option: 'spread', byDefault: `\`${spread}\`` }),
        expect.objectContaining({
          option: 'candidate',
          byDefault: `\`${elections[0]?.candidate}\``,
        }),
      ]),
    );
  });
});
