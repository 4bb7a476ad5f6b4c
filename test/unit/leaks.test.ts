import { afterAll, describe, expect, it } from '@jest/globals';
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { compile } from '../../tooling/build/compile-folders.mjs';

const scriptOf = (name: string) =>
  fileURLToPath(new URL(`../support/processes/${name}.mjs`, import.meta.url));

interface Alive {
  readonly timers: number;
  readonly listeners: number;
  readonly Promise: number;
  readonly AbortController: number;
  readonly Session: number;
  readonly ScriptedConnection: number;
}

interface Outcome {
  readonly counts: { readonly elected: number; readonly started: number; readonly stopped: number };
  readonly before: Alive;
  readonly after: Alive;
  readonly stopped: { readonly timers: number };
}

const compiled = await compile('lib', 'test/support');
afterAll(() => compiled.remove());

async function outcomeOf(name: string): Promise<unknown> {
  const args = ['--expose-gc', scriptOf(name), compiled.directory];
  const { stdout } = await promisify(execFile)(process.execPath, args);
  return JSON.parse(stdout);
}

describe('a thousand demotions and reconnects', () => {
  it('leave no timer, listener, session or promise behind', async () => {
    const { counts, before, after, stopped } = (await outcomeOf('leaks-child')) as Outcome;

    expect(counts.elected).toBeGreaterThan(1_000);
    expect(counts.started - counts.stopped).toBeLessThanOrEqual(1);
    expect(before).toMatchObject({ Session: 1, ScriptedConnection: 1 });
    expect(after).toEqual(before);
    expect(stopped.timers).toBe(0);
  });
});

describe('a thousand classes that were decorated and let go', () => {
  it('are held by nothing, nor are the guards and pipes that they alone have used', async () => {
    const { evaluated, after, references } = (await outcomeOf('classes-child')) as Record<
      'evaluated' | 'after' | 'references',
      number
    >;

    expect(evaluated).toBe(3_000);
    expect(after).toBe(0);
    expect(references).toBeLessThan(100); // Node has some of its own.
  });
});
