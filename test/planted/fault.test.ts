import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { root } from '../../tooling/project-root.mjs';
import { plant, testFilesOf } from './fault.mjs';
import { faults } from './faults.mjs';

const read = (file: string) => readFileSync(join(root, file), 'utf8');

describe('the faults that are planted', () => {
  it.each(faults)('fit into the code: $name', (fault) => {
    const text = read(fault.file);
    expect(plant(text, fault)).not.toBe(text);
  });

  it('name tests that exist', () => {
    const missing = faults.flatMap(testFilesOf).filter((file) => !existsSync(join(root, file)));
    expect(missing).toEqual([]);
  });

  it('have a name each', () => {
    const names = faults.map(({ name }) => name);
    expect(names.filter((name, index) => names.indexOf(name) !== index)).toEqual([]);
  });
});

describe('planting', () => {
  const fault = { name: 'a', file: 'b.ts', find: 'one', replace: '$& two', tests: [] };

  it('replaces what is found, as it stands', () => {
    expect(plant('zero one', fault)).toBe('zero $& two');
  });

  it.each(['zero', 'one one'])('is refused where that does not stand there once: %s', (text) => {
    expect(() => plant(text, fault)).toThrow('The fault "a" can\'t be planted: b.ts has its text');
  });
});
