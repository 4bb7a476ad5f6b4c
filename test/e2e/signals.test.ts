import { fork, type ChildProcess } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, describe, expect, it } from '@jest/globals';
import { compile } from '../../tooling/build/compile-folders.mjs';
import { testDatabase } from '../support/database.js';
import { lockHolders, sessions } from '../support/sessions.js';
import { eventually, within } from '../support/timeline.js';

const database = await testDatabase();
const library = await compile('lib');
const script = fileURLToPath(new URL('../support/processes/shutdown-child.mjs', import.meta.url));

const running = new Set<ChildProcess>();
afterEach(() => {
  for (const child of running) child.kill('SIGKILL');
  running.clear();
});
afterAll(() => library.remove());

/** An application in a process of its own, and what it has reported. */
function startProcess(instanceId: string, options: object = {}) {
  const setup = { connection: database.url, instanceId, heirInterval: 20, ...options };
  const child = fork(script, [join(library.directory, 'lib'), JSON.stringify(setup)], {
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    execArgv: ['--unhandled-rejections=strict'],
  });
  running.add(child);
  const reports: string[] = [];
  const output: string[] = [];
  child.on('message', ({ what }: { what: string }) => reports.push(what));
  for (const stream of [child.stdout, child.stderr]) {
    stream?.on('data', (data) => output.push(String(data)));
  }
  const exited = new Promise((resolve) => {
    child.once('exit', (code, signal) => {
      resolve({ code, signal });
    });
  });
  return {
    reports,
    output,
    reported: (what: string) => eventually(() => reports.includes(what)),
    signal: (signal: NodeJS.Signals) => child.kill(signal),
    finishWork: () => child.send('finish'),
    exited: () => within(exited, () => `It did not end; it reported ${reports.join(', ')}`),
  };
}

describe('enableShutdownHooks()', () => {
  it.each<NodeJS.Signals>(['SIGTERM', 'SIGINT'])(
    'drains on %s, releases the lock, and the process ends with the signal',
    async (signal) => {
      const app = startProcess('app');
      await app.reported('working');

      app.signal(signal);
      await app.reported('demoted');
      expect(await lockHolders(database)).toEqual(['app']);
      app.finishWork();

      expect(await app.exited()).toEqual({ code: null, signal });
      expect(app.reports).toEqual(['elected', 'working', 'demoted', 'worked']);
      expect(app.output).toEqual([]);
      expect(await lockHolders(database)).toEqual([]);
      await eventually(async () => (await sessions(database)).length === 0);
    },
  );

  it('gives up on work that never ends, names it, and ends the process all the same', async () => {
    const app = startProcess('app', { stopTimeout: 200 });
    await app.reported('working');

    app.signal('SIGTERM');

    expect(await app.exited()).toEqual({ code: null, signal: 'SIGTERM' });
    expect(app.reports).toEqual(['elected', 'working', 'demoted']);
    expect(app.output.join('')).toMatch(/abandoned after 200 ms .* still running: Jobs\.work/);
  });

  it('ends a standby, and one whose database is away', async () => {
    const leader = startProcess('leader');
    await leader.reported('working');
    const standby = startProcess('standby');
    await eventually(async () => (await sessions(database)).includes('standby'));
    const lost = startProcess('lost', { connection: 'postgresql://app@127.0.0.1:1/app' });
    await eventually(() => lost.output.join('').includes("Can't connect to the database"));

    standby.signal('SIGTERM');
    lost.signal('SIGTERM');

    const byTheSignal = { code: null, signal: 'SIGTERM' };
    expect([await standby.exited(), await lost.exited()]).toEqual([byTheSignal, byTheSignal]);
    expect(await lockHolders(database)).toEqual(['leader']);
  });
});
