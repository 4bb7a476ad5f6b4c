import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
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

  it('are refused if nothing was measured', () => {
    expect(() => summarize([])).toThrow('no sample was taken');
  });

  it('are written with their significant digits only', () => {
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
    expect(text).toContain('1 of 2 targets are met.');
    expect(text).toContain('| new leader | 100 ms | 120 ms | **missed** |');
    expect(text).toContain('| lost | 0 | 0 | met |');
    expect(text).toContain('![A chart](charts/storm.svg)');
    expect(text).toContain(
      '`npm run bench:storm -- --samples 3`, 2026-11-24. PostgreSQL 18.4, Node 20.20.2',
    );
  });

  it('escapes a bar in a cell', () => {
    expect(table(['a|b'], [['c']])).toEqual(['| a\\|b |', '| --- |', '| c |', '']);
  });

  it('is made from the data stored last, if there is any', async () => {
    expect(await stored(directory, 'storm')).toBeUndefined();
    await store(directory, measurement);
    await store(directory, { ...measurement, at: 'later' });
    expect(await stored(directory, 'storm')).toEqual({ ...measurement, at: 'later' });
    await expect(readFile(join(directory, 'storm.json.part'))).rejects.toThrow('ENOENT');
  });
});
