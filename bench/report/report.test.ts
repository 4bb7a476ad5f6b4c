import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { readOptions } from '../command-line.mjs';
import { StatementCounter } from '../parts/database/statement-counter.mjs';
import { growth } from '../parts/endurance/growth.mjs';
import { asMarkdown, table } from './document.mjs';
import { store, stored } from './store.mjs';
import { cells, format, summarize } from './statistics.mjs';
import { atMost } from './target.mjs';

describe('the statistics of a benchmark', () => {
  it('are the count, the minimum, the median, the 99th percentile and the maximum', () => {
    const sample = Array.from({ length: 100 }, (_, index) => 100 - index);
    expect(summarize(sample)).toEqual({ n: 100, min: 1, median: 50.5, p99: 99.01, max: 100 });
    expect(cells([3, 1, 2])).toEqual(['3', '1.0', '2.0', '3.0', '3.0']);
  });

  it('are refused where nothing was measured', () => {
    expect(() => summarize([])).toThrow('no sample was taken');
  });

  it('are written with as many digits as say something', () => {
    expect([0, 0.0123, 4.56, 78.94, 123.6, 12345].map(format)).toEqual([
      '0',
      '0.012',
      '4.6',
      '78.9',
      '124',
      '12,345',
    ]);
  });
});

describe('the growth of a long run', () => {
  it('is what the last third exceeds the middle one by, whatever came before and in between', () => {
    expect(growth([9, 50, 1, 4, 4, 900, 6, 6, 0])).toBe(2);
    expect(growth([1, 2])).toBe(0);
  });
});

describe('the statements of a connection', () => {
  const message = (type: string, body: string) => {
    const head = Buffer.alloc(5, type);
    head.writeUInt32BE(4 + body.length, 1);
    return Buffer.concat([head, Buffer.from(body)]);
  };
  const startup = Buffer.concat([Buffer.from([0, 0, 0, 8]), Buffer.from('QQQQ')]);
  const stream = Buffer.concat([
    startup,
    message('Q', 'SELECT 1\0'),
    message('P', 'E'.repeat(300)),
    message('E', '\0\0\0\0\0'),
    message('S', ''),
    message('Q', '\0'),
  ]);

  it.each([1, 3, 7, stream.length])('are counted in pieces of %d bytes', (size) => {
    let statements = 0;
    const counter = new StatementCounter(() => (statements += 1));
    for (let at = 0; at < stream.length; at += size) counter.take(stream.subarray(at, at + size));
    expect(statements).toBe(3);
  });
});

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

  it('go to the parts that have them, and name the command that repeats it', () => {
    const { measured } = readOptions(['--samples', '3'], [storm, long]);
    expect(measured.map(({ values }) => values)).toEqual([{ samples: 3 }, { minutes: 60 }]);
    expect(measured[0]?.command).toBe('npm run bench:storm -- --samples 3');
  });

  it('leave out the parts that are not named, and all with --report-only', () => {
    expect(readOptions(['endurance'], [storm, long])).toMatchObject({ named: [long] });
    expect(readOptions(['--report-only'], [storm, long]).measured).toEqual([]);
  });

  it('are refused where they do not fit', () => {
    expect(() => readOptions(['rain'], [storm, long])).toThrow(
      'The parts are storm, endurance; given: rain',
    );
    expect(() => readOptions(['--samples', 'few'], [storm])).toThrow(
      '--samples must be a number above 0; given: few',
    );
    expect(() => readOptions(['storm', '--minutes', '1'], [storm, long])).toThrow(
      '--minutes is no option of storm',
    );
  });
});

describe('the report of the benchmarks', () => {
  let directory: string;
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'bench-report-'));
  });
  afterEach(() => rm(directory, { recursive: true, force: true }));

  const machine = {
    system: 'linux',
    processor: 'a fast one',
    cores: 2,
    memory: '24 GiB',
    node: '20.20.2',
    load: 0.1,
  };
  const measurement = {
    part: 'storm',
    at: '2026-11-24T12:00:00.000Z',
    command: 'npm run bench:storm -- --samples 3',
    machine,
    data: { postgresql: '18.4' },
  };

  it('says which targets are met, how it was measured and on what', () => {
    const presentation = {
      text: ['A paragraph.'],
      tables: [{ head: ['what', 'a|b'], rows: [['new leader', '5']] }],
      charts: [{ name: 'storm', alt: 'A chart', spec: {} as never }],
      targets: [atMost('new leader', 120, 100, 'ms'), atMost('lost', 0, 0, '')],
    };
    const text = asMarkdown([{ title: 'A storm', measurement, presentation }], 'charts');
    expect(text).toContain('Of 2 targets 1 are met.');
    expect(text).toContain('| new leader | 100 ms | 120 ms | **missed** |');
    expect(text).toContain('| lost | 0 | 0 | met |');
    expect(text).toContain('![A chart](charts/storm.svg)');
    expect(text).toContain(
      '`npm run bench:storm -- --samples 3`, 2026-11-24. PostgreSQL 18.4, Node 20.20.2',
    );
  });

  it('keeps cells apart that have a bar in them', () => {
    expect(table(['a|b'], [['c']])).toEqual(['| a\\|b |', '| --- |', '| c |', '']);
  });

  it('is made of what was stored last, and of nothing where nothing was', async () => {
    expect(await stored(directory, 'storm')).toBeUndefined();
    await store(directory, measurement);
    await store(directory, { ...measurement, at: 'later' });
    expect(await stored(directory, 'storm')).toEqual({ ...measurement, at: 'later' });
    await expect(readFile(join(directory, 'storm.json.part'))).rejects.toThrow('ENOENT');
  });
});
