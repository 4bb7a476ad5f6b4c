import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { root } from '../../tooling/project-root.mjs';
import { equivalentMutants } from './equivalent-mutants.mjs';
import { judge, scoreOf, scoreWithoutEquivalent, sumOf, type Mutant } from './judge.mjs';
import { formatReport, formatSummary } from './report.mjs';

const source = 'export function one() {\n  return 1 + 0;\n}\n';

const mutant = (status: Mutant['status'], replacement = '1 - 0'): Mutant => ({
  status,
  replacement,
  location: { start: { line: 2, column: 10 }, end: { line: 2, column: 15 } },
});
const equivalent = {
  file: 'one.ts',
  line: 'return 1 + 0;',
  code: '1 + 0',
  mutant: '1 - 0',
  why: 'Nothing is added.',
};

describe('the mutants of a file', () => {
  const mutants = [
    mutant('Killed'),
    mutant('Timeout'),
    mutant('Survived'),
    mutant('NoCoverage', 'two()'),
    mutant('RuntimeError'),
  ];
  const judgement = judge({ files: { 'one.ts': { source, mutants } } }, [equivalent]);

  it('count as noticed where a test failed or did not end', () => {
    const all = sumOf(judgement.files);
    expect(all).toEqual({ killed: 1, timedOut: 1, survived: 1, uncovered: 1, equivalent: 1 });
    expect([scoreOf(all), scoreWithoutEquivalent(all)]).toEqual([50, 200 / 3]);
  });

  it('have to be explained where they survive', () => {
    const { file, line, code } = equivalent;
    expect(judgement.unexplained).toEqual([
      { file, line, code, mutant: 'two()', at: 2, isCovered: false },
    ]);
  });

  it('are no longer equivalent where a test notices them', () => {
    const noticed = judge({ files: { 'one.ts': { source, mutants: [mutant('Killed')] } } }, [
      equivalent,
    ]);
    expect(noticed.noticed).toEqual([equivalent]);
    expect(judgement.noticed).toEqual([]);
    const run = { places: ['lib'], minutes: 1, workers: 2, version: '9' };
    expect(formatReport(noticed, run)).toContain('- one.ts: `return 1 + 0;`, with `1 - 0`');
  });

  it('that begin in a line and end in another are identified by the first', () => {
    const block = {
      ...mutant('Survived', '{}'),
      location: { start: { line: 1, column: 23 }, end: { line: 3, column: 2 } },
    };
    const { unexplained } = judge({ files: { 'one.ts': { source, mutants: [block] } } }, []);
    expect(unexplained).toMatchObject([{ line: 'export function one() {', code: '{' }]);
  });

  it('are reported, with what says why one is equivalent', () => {
    const run = { places: ['lib'], minutes: 1, workers: 2, version: '9' };
    const report = formatReport(judgement, run);
    expect(report).toContain('| one.ts | 4 | 1 | 1 | 1 | 1 | 50.0 | 1 | 66.7 |');
    expect(report).toContain('code: "1 + 0",\nmutant: "two()",');
    expect(formatSummary(judgement)).toContain('1 survivors are unexplained');
  });
});

describe('the mutants that are known to be equivalent', () => {
  it('are mutants of the code', () => {
    const misplaced = equivalentMutants.filter(({ file, line, code }) => {
      const lines = readFileSync(join(root, file), 'utf8').split('\n');
      return !lines.some((text) => text.trim() === line) || !line.includes(code.trim());
    });
    expect(misplaced).toEqual([]);
  });

  it('are explained', () => {
    expect(equivalentMutants.filter(({ why }) => why.length < 10)).toEqual([]);
  });
});
