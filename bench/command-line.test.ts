import { describe, expect, it } from '@jest/globals';
import { readOptions } from './command-line.mjs';

describe('the options of the benchmarks', () => {
  const presentation = { text: [], tables: [], charts: [], targets: [] };
  const part = (name: string, options: Record<string, number>) => ({
    name,
    title: name,
    options,
    measure: async () => ({}),
    present: () => presentation,
  });
  const [storm, long] = [part('storm', { samples: 30 }), part('endurance', { minutes: 60 })];

  it('go to the parts that have them, and give the command that repeats the measurement', () => {
    const { measured } = readOptions(['--samples', '3'], [storm, long]);
    expect(measured.map(({ values }) => values)).toEqual([{ samples: 3 }, { minutes: 60 }]);
    expect(measured[0]?.command).toBe('npm run bench:storm -- --samples 3');
  });

  it('select the named parts, and none with --report-only', () => {
    expect(readOptions(['endurance'], [storm, long])).toMatchObject({ named: [long] });
    expect(readOptions(['--report-only'], [storm, long]).measured).toEqual([]);
  });

  it('are listed with their defaults', () => {
    const { help } = readOptions(['--help'], [storm, long]);
    expect(help).toContain(
      '  storm      storm [--samples 30]\n  endurance  endurance [--minutes 60]\n',
    );
    expect(readOptions([], [storm, long]).help).toBeUndefined();
  });

  it('are refused if they are invalid', () => {
    expect(() => readOptions(['rain'], [storm, long])).toThrow(
      'A part must be one of storm, endurance; given: rain',
    );
    expect(() => readOptions(['--samples', 'few'], [storm])).toThrow(
      '--samples must be a number greater than 0; given: few',
    );
    expect(() => readOptions(['storm', '--minutes', '1'], [storm, long])).toThrow(
      '--minutes is not an option of storm',
    );
  });
});
