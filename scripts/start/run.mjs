import colours from 'picocolors';
import { build } from './build.mjs';
import { provideDatabase } from './database.mjs';
import { Fleet } from './fleet.mjs';
import { watch } from './interactive.mjs';
import { Quit, quitOnSignals } from './quit.mjs';
import { runScript } from './script.mjs';

/**
 * Whatever was started is ended again before this resolves, however it comes to its end.
 *
 * @param {import('./options.mjs').Options} options
 * @param {number} startedBy the parent's process id
 * @returns {Promise<number>} the exit code
 */
export async function run({ script, logs }, startedBy) {
  const quit = quitOnSignals(startedBy);
  try {
    console.log('Building the package and sample/01-cron …');
    await build(quit.signal);
    console.log('Starting the database …');
    const database = await provideDatabase();
    try {
      quit.signal.throwIfAborted();
      console.log(`The instances meet on ${database.description}.`);
      const fleet = new Fleet({ databaseUrl: database.url, logs });
      try {
        await (script ? runScript(fleet, quit.signal) : watch(fleet, quit));
      } finally {
        await fleet.end();
      }
    } finally {
      await database.stop();
    }
    if (script) console.log(colours.green('Every step left exactly one leader.'));
    return 0;
  } catch (error) {
    // What was interrupted complains in many ways.
    const reason = quit.signal.aborted ? quit.signal.reason : error;
    console.error(colours.red(reason instanceof Error ? reason.message : String(reason)));
    return reason instanceof Quit ? reason.exitCode : 1;
  }
}
