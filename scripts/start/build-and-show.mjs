import colours from 'picocolors';
import { Quit, quitOnSignals } from '../../tooling/process-lifetime/quit-on-signals.mjs';
import { build } from '../../tooling/build/build-samples.mjs';

/** @typedef {import('./options.mjs').Options} Options */

/**
 * Whatever was started is ended again before this resolves, however it comes to its end.
 *
 * @param {Options} options
 * @param {number} startedBy the parent's process id
 * @returns {Promise<number>} the exit code
 */
export async function run(options, startedBy) {
  const quit = quitOnSignals(startedBy);
  try {
    const isPage = options.view === 'page';
    await build([isPage ? 'sample/02-cluster' : 'sample/01-cron'], quit.signal);
    // Not before: the page's application is only there once it is built.
    const { show } = await import(isPage ? './page.mjs' : './terminal.mjs');
    await show(options, quit);
    return 0;
  } catch (error) {
    // What was interrupted complains in many ways.
    const reason = quit.signal.aborted ? quit.signal.reason : error;
    console.error(colours.red(reason instanceof Error ? reason.message : String(reason)));
    return reason instanceof Quit ? reason.exitCode : 1;
  }
}
