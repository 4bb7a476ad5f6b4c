import colours from 'picocolors';
import { provideDatabase } from '../../tooling/embedded-postgres/provide-database.mjs';
import { Fleet } from '../../tooling/instances/fleet.mjs';
import { program } from './sample-program.mjs';
import { runScript } from './script.mjs';

/**
 * Instances of sample/01-cron, which live through the script.
 *
 * @param {import('./options.mjs').Options} options
 * @param {AbortController} quit
 */
export async function show({ logs }, quit) {
  console.log('Starting PostgreSQL …');
  const database = await provideDatabase();
  try {
    quit.signal.throwIfAborted();
    console.log(`The instances use ${database.description}.`);
    const fleet = new Fleet({ program, databaseUrl: database.url, logs });
    try {
      await runScript(fleet, quit.signal);
    } finally {
      await fleet.end();
    }
  } finally {
    await database.stop();
  }
  console.log(colours.green('Exactly one instance led after each step.'));
}
