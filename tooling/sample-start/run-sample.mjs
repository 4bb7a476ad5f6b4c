// What the start.mjs of a sample does: builds it, gives it a database, starts two instances, shows them at work, and ends
// everything that it started.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { EmbeddedServer } from '../embedded-postgres/embedded-server.mjs';
import { SampleInstance } from './sample-instance.mjs';

const root = fileURLToPath(new URL('../../', import.meta.url));
const require = createRequire(import.meta.url);

/** How long the tour may take, in milliseconds. */
const PATIENCE = 120_000;

/**
 * @typedef {object} Stage
 * @property {string} databaseUrl
 * @property {AbortSignal} signal aborts when the tour has to end
 * @property {() => Promise<SampleInstance>} start starts another instance
 */

/**
 * @param {string} name the sample's directory
 * @param {(stage: Stage) => Promise<void>} tour shows the sample at work, and throws where it does not work as it should
 * @param {(instances: readonly SampleInstance[]) => readonly string[]} hints what to try, while the instances run
 * @returns {Promise<number>} the exit code
 */
export async function runSample(name, tour, hints) {
  const options = { script: { type: /** @type {const} */ ('boolean'), default: false } };
  const { script } = parseArgs({ options }).values;
  const quit = quitOnSignals();
  /** @type {(() => Promise<unknown>)[]} */
  const ends = [];
  try {
    console.log(`Building the package and sample/${name} …`);
    await buildTool('@nestjs/cli/bin/nest.js', ['build'], quit.signal);
    await buildTool(
      'typescript/bin/tsc',
      ['-p', `sample/${name}/tsconfig.build.json`],
      quit.signal,
    );
    const databaseUrl = await provideDatabase(ends);
    /** @type {SampleInstance[]} */
    const instances = [];
    const start = (/** @type {AbortSignal} */ signal) =>
      SampleInstance.start(
        `${root}sample/${name}/dist/main.js`,
        databaseUrl,
        signal,
        (instance) => {
          instances.push(instance);
          ends.push(() => instance.stop());
        },
      );
    const signal = AbortSignal.any([quit.signal, AbortSignal.timeout(PATIENCE)]);
    await tour({ databaseUrl, signal, start: () => start(signal) });
    if (script) return 0;
    const running = instances.filter(({ isRunning }) => isRunning);
    while (running.length < 2) running.push(await start(quit.signal));
    console.log(`\n${hints(running).join('\n')}\n\nCtrl-C ends it.`);
    if (!quit.signal.aborted) await once(quit.signal, 'abort');
    return 0;
  } catch (error) {
    console.error(quit.signal.aborted ? String(quit.signal.reason) : error);
    return 1;
  } finally {
    // The instances at once, and then the database.
    const [database, ...others] = ends;
    await Promise.all(others.map((end) => end()));
    await database?.();
  }
}

/**
 * `DATABASE_URL`, or a throwaway PostgreSQL.
 *
 * @param {(() => Promise<unknown>)[]} ends
 */
async function provideDatabase(ends) {
  const url = process.env['DATABASE_URL'];
  if (url) {
    ends.push(async () => {});
    console.log('The instances meet on DATABASE_URL.');
    return url;
  }
  const server = new EmbeddedServer();
  ends.push(() => server.stop());
  await server.start();
  console.log(`The instances meet on a throwaway PostgreSQL ${server.version}.`);
  return server.url;
}

/** From here on a signal does not end the process: what was started is ended first. */
function quitOnSignals() {
  const quit = new AbortController();
  for (const signal of /** @type {const} */ (['SIGINT', 'SIGTERM', 'SIGHUP'])) {
    process.on(signal, () => quit.abort(new Error(`Ended by ${signal}`)));
  }
  // npm that is terminated takes its shell with it, and would leave us running.
  const parent = process.ppid;
  const watch = () => process.ppid !== parent && quit.abort(new Error('Ended with its parent'));
  setInterval(watch, 500).unref();
  return quit;
}

/**
 * @param {string} tool
 * @param {string[]} args
 * @param {AbortSignal} signal
 */
async function buildTool(tool, args, signal) {
  const child = spawn(process.execPath, [require.resolve(tool), ...args], {
    cwd: root,
    stdio: ['ignore', 'pipe', 'pipe'],
    signal,
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk) => (output += chunk));
  }
  const [code] = await once(child, 'close');
  if (code !== 0) throw new Error(`The build failed:\n${output}`);
}
