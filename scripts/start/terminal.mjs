import colours from 'picocolors';
import { provideDatabase } from '../../tooling/embedded-postgres/provide-database.mjs';
import { Fleet } from '../../tooling/instances/fleet.mjs';
import { watch } from './interactive.mjs';
import { runScript } from './script.mjs';

const program = {
  main: new URL('../../sample/01-cron/dist/main.js', import.meta.url),
  preload: new URL('./reporter.mjs', import.meta.url),
};

/**
 * Instances of sample/01-cron in the terminal: by keys, or by the script.
 *
 * @param {import('./options.mjs').Options} options
 * @param {AbortController} quit
 */
export async function show({ view, logs }, quit) {
  console.log('Starting the database …');
  const database = await provideDatabase();
  try {
    quit.signal.throwIfAborted();
    console.log(`The instances meet on ${database.description}.`);
    const fleet = new Fleet({ program, databaseUrl: database.url, logs });
    try {
      await (view === 'script' ? runScript(fleet, quit.signal) : watch(fleet, quit));
    } finally {
      await fleet.end();
    }
  } finally {
    await database.stop();
  }
  if (view === 'script') console.log(colours.green('Every step left exactly one leader.'));
}
