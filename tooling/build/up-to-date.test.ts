import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { unlessUpToDate } from './up-to-date.mjs';

let directory: string;
let runs: number;
const at = (path: string) => join(directory, path);

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'up-to-date-'));
  runs = 0;
  await mkdir(at('src/folder'), { recursive: true });
  await writeFile(at('src/folder/a.ts'), 'a');
  await writeFile(at('config.json'), '{}');
});
afterEach(() => rm(directory, { recursive: true, force: true }));

/** What a compiler writes. */
async function compile() {
  runs += 1;
  await mkdir(at('dist'), { recursive: true });
  await writeFile(at('dist/a.js'), 'a');
  await writeFile(at('dist/b.js'), 'b');
}

/** Builds as every program does that needs the output. */
async function build(run: () => Promise<void> = compile) {
  const inputs = [at('src'), at('config.json'), at('package-lock.json')];
  await unlessUpToDate({ inputs, output: at('dist'), record: at('cache/record.json') }, run);
}

describe('a build', () => {
  it('is run once, as long as nothing is changed', async () => {
    await build();
    await build();

    expect(runs).toBe(1);
  });

  it('is not run again for files that are written anew and say the same, as those of a clone', async () => {
    await build();
    await rm(at('src'), { recursive: true });
    await mkdir(at('src/folder'), { recursive: true });
    await writeFile(at('src/folder/a.ts'), 'a');
    await build();

    expect(runs).toBe(1);
  });

  it.each([
    ['a source is changed', () => writeFile(at('src/folder/a.ts'), 'A')],
    ['a source is added', () => writeFile(at('src/b.ts'), '')],
    ['a source is removed', () => rm(at('src/folder/a.ts'))],
    ['the configuration is changed', () => writeFile(at('config.json'), '{ }')],
    ['a file that was not there is there', () => writeFile(at('package-lock.json'), '{}')],
    ['the output was removed', () => rm(at('dist'), { recursive: true })],
    ['a file of the output was removed', () => rm(at('dist/b.js'))],
    ['a file of the output was changed', () => writeFile(at('dist/b.js'), 'B')],
    ['the output has another file', () => writeFile(at('dist/c.js'), '')],
    ['its record was cut short', () => writeFile(at('cache/record.json'), '{ "read"')],
  ])('is run again when %s', async (_, change) => {
    await build();
    await change();
    await build();

    expect(runs).toBe(2);
  });

  it('is run again when it was interrupted, also if the sources are as before by then', async () => {
    await build();
    await writeFile(at('src/folder/a.ts'), 'A');
    const interrupted = build(async () => {
      await writeFile(at('dist/a.js'), 'A');
      throw new Error('Interrupted');
    });
    await expect(interrupted).rejects.toThrow('Interrupted');
    await writeFile(at('src/folder/a.ts'), 'a');
    await build();

    expect(runs).toBe(2);
  });

  it('is run again when a source was changed while it ran', async () => {
    await build(async () => {
      await compile();
      await writeFile(at('src/folder/a.ts'), 'A');
    });
    await build();

    expect(runs).toBe(2);
  });

  it('leaves no record where it failed', async () => {
    await expect(build(() => Promise.reject(new Error('Wrong')))).rejects.toThrow('Wrong');

    expect(existsSync(at('cache/record.json'))).toBe(false);
  });
});
