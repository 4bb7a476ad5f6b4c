// What the start.mjs of a sample does: builds the sample, provides a database, runs the tour, and stops everything that it
// started.
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { build } from '../build/build-samples.mjs';
import { provideDatabase } from '../embedded-postgres/provide-database.mjs';
import { Quit, quitOnSignals, until } from '../process-lifetime/quit-on-signals.mjs';
import { SampleInstance } from './sample-instance.mjs';
import { root } from '../project-root.mjs';

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
 * @param {(stage: Stage) => Promise<void>} tour shows the sample at work, and throws if it does not work as expected
 * @param {(instances: readonly SampleInstance[]) => readonly string[]} hints what to try, while the instances run
 * @returns {Promise<number>} the exit code
 */
export async function runSample(name, tour, hints) {
  const options = { script: { type: /** @type {const} */ ('boolean'), default: false } };
  const { script } = parseArgs({ options }).values;
  const quit = quitOnSignals(process.ppid);
  /** @type {import('../embedded-postgres/provide-database.mjs').Database | undefined} */
  let database;
  /** @type {SampleInstance[]} */
  const instances = [];
  try {
    await build([`sample/${name}`], quit.signal);
    const { url: databaseUrl, description } = (database = await provideDatabase());
    console.log(`The instances use ${description}.`);
    const main = join(root, 'sample', name, 'dist', 'main.js');
    const start = (/** @type {AbortSignal} */ signal) =>
      SampleInstance.start(main, databaseUrl, signal, (instance) => instances.push(instance));
    const signal = AbortSignal.any([quit.signal, AbortSignal.timeout(PATIENCE)]);
    await tour({ databaseUrl, signal, start: () => start(signal) });
    if (script) return 0;
    const running = instances.filter(({ isRunning }) => isRunning);
    while (running.length < 2) running.push(await start(quit.signal));
    console.log(`\n${hints(running).join('\n')}\n\nPress Ctrl-C to stop.`);
    await until(quit.signal);
    return 0;
  } catch (error) {
    const reason = quit.signal.aborted ? quit.signal.reason : error;
    console.error(reason instanceof Quit ? reason.message : reason);
    return reason instanceof Quit ? reason.exitCode : 1;
  } finally {
    await Promise.all(instances.map((instance) => instance.stop()));
    await database?.stop();
  }
}
