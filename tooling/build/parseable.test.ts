import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from '@jest/globals';
import { makeParseable } from './parseable.mjs';

function parseable(text: string): string {
  const directory = mkdtempSync(join(tmpdir(), 'parseable-'));
  const path = join(directory, 'file.js');
  try {
    writeFileSync(path, text);
    makeParseable(path);
    return readFileSync(path, 'utf8');
  } finally {
    rmSync(directory, { recursive: true });
  }
}

it('joins a line that TypeScript takes for an unfinished statement', () => {
  const broken = 'export const is = (x) => Symbol.\nasyncIterator in x;\n';
  expect(parseable(broken)).toBe('export const is = (x) => Symbol.asyncIterator in x;\n');
});

it('leaves everything else as it is', () => {
  const text = 'export const text = `one.\ntwo in three`;\nexport const at = text.\nat(0);\n';
  expect(parseable(text)).toBe(text);
});

it('fails for what it can not join', () => {
  expect(() => parseable('export const = 1;\n')).toThrow("TypeScript can't parse");
});
