import { describe, expect, it } from '@jest/globals';
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { compile } from '../../tooling/build/compile-folders.mjs';

const script = fileURLToPath(new URL('../support/processes/leaks-child.mjs', import.meta.url));

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

describe('a thousand demotions and reconnects', () => {
  it('leave no timer, listener, session or promise behind', async () => {
    const compiled = await compile('lib', 'test/support');
    const { stdout } = await promisify(execFile)(process.execPath, [script, compiled.directory]);
    await compiled.remove();
    const { counts, before, after, stopped } = JSON.parse(stdout) as Outcome;

    expect(counts.elected).toBeGreaterThan(1_000);
    expect(counts.started - counts.stopped).toBeLessThanOrEqual(1);
    expect(before).toMatchObject({ Session: 1, ScriptedConnection: 1 });
    expect(after).toEqual(before);
    expect(stopped.timers).toBe(0);
  });
});
