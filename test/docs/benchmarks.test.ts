import { describe, expect, it } from '@jest/globals';
import { read } from '../../tooling/documentation.mjs';

interface Part {
  readonly part: string;
  readonly tables: readonly {
    readonly head: readonly string[];
    readonly rows: readonly string[][];
  }[];
}

const report = JSON.parse(read('docs/benchmarks/report.json')) as Part[];
const readme = read('README.md');

type Table = Part['tables'][number];

const tablesOf = (name: string) => report.find(({ part }) => part === name)?.tables ?? [];

function figures(table: Table | undefined, isWanted: (row: readonly string[]) => boolean) {
  const row = table?.rows.find(isWanted) ?? [];
  const number = (head: string) =>
    Number(row[table?.head.indexOf(head) ?? -1]?.replaceAll(',', ''));
  return { median: number('median'), longest: number('max') };
}

/** What the failover bench measured after a fault, in milliseconds. */
const measured = (fault: string, contestant: string) =>
  figures(
    tablesOf('failover').find(({ head }) => head[0]?.startsWith(fault)),
    ([name]) => name === contestant,
  );

/** After how many milliseconds another led at the latest, with the defaults. */
const longestAt = (fault: string) =>
  figures(tablesOf('bounds')[0], ([name, what]) => name === fault && what === 'new leader').longest;

/** The README's claims, `median 24 ms, longest 54 ms (measured)`, by the beginning of their rows. */
const claims = new Map(
  [...readme.matchAll(/^\| (\S+ \S+).*median (\d+) (m?s), longest (\d+) (m?s) \(measured\)/gm)].map(
    ([, row = '', median, unit, longest, other]) => [
      row,
      { median: Number(median), longest: Number(longest), units: [unit, other] },
    ],
  ),
);

describe('what the README says of a kill', () => {
  it('names as measured nothing else than these', () => {
    expect(claims.size).toBe(4);
    expect(readme.match(/\(measured\)/g)).toHaveLength(4);
  });

  it.each([
    ['this module', 'nestjs-leader-election', 'ms'],
    ['a lease', 'nest-leader-election', 's'],
    ['Kubernetes leases', 'lease table with client-go’s timings', 's'],
    ['a job', 'bullmq: the run that was interrupted', 's'],
  ])('is what was measured: %s', (row, contestant, unit) => {
    const { median, longest } = measured('SIGKILL', contestant);
    const inUnit = (milliseconds: number) => Math.round(milliseconds / (unit === 's' ? 1_000 : 1));

    expect(claims.get(row)).toEqual({
      median: inUnit(median),
      longest: inUnit(longest),
      units: [unit, unit],
    });
  });

  it('is what was measured: the headline table', () => {
    const { median, longest } = measured('SIGKILL', 'nestjs-leader-election');

    expect(readme).toMatch(
      new RegExp(`is killed \\(SIGKILL\\) +\\| ${median} +\\| ${longest} +\\|`),
    );
  });
});

describe('what the README says of the default lease', () => {
  it('is what was measured', () => {
    const [frozen, cutOff] = ['frozen process (SIGSTOP)', 'silent partition'].map((fault) =>
      (longestAt(fault) / 1_000).toFixed(1),
    );

    expect(readme).toContain(`after ${frozen} s and ${cutOff} s at the longest`);
  });
});
