import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, describe, expect, it } from '@jest/globals';
import { compile } from '../../tooling/build/compile-folders.mjs';
import { testDatabase } from '../support/database.js';
import { sessions } from '../support/sessions.js';
import { eventually } from '../support/timeline.js';

const database = await testDatabase();
const compiled = await compile('lib');
const over = new AbortController();
afterAll(() => {
  over.abort();
  return compiled.remove();
});
const script = fileURLToPath(new URL('../support/processes/reload-child.mjs', import.meta.url));

describe('an application that is made, elected and closed thirty times in one process', () => {
  it('leaves nothing in memory, no handle, no listener and no session', async () => {
    const { stdout } = await promisify(execFile)(
      process.execPath,
      [script, join(compiled.directory, 'lib'), JSON.stringify({ connection: database.url })],
      { signal: over.signal },
    );

    const { once, thirtyTimes } = JSON.parse(stdout) as Record<string, Record<string, number>>;
    expect(thirtyTimes).toEqual(once);
    const { listeners, ...others } = thirtyTimes ?? {};
    expect(listeners).toBeGreaterThan(0); // The process's own, so it is counted.
    expect(new Set(Object.values(others))).toEqual(new Set([0]));
    await eventually(async () => (await sessions(database)).length === 0);
  }, 120_000); // Thirty starts take a while on a busy machine.
});
