import colours from 'picocolors';
import { Quit, quitOnSignals } from '../../tooling/process-lifetime/quit-on-signals.mjs';
import { build } from '../../tooling/build/build-samples.mjs';

/** @typedef {import('./options.mjs').Options} Options */

/** What each view needs, which can be imported only once it is built. */
const VIEWS = {
  page: { samples: ['02-cluster'], load: () => import('./page.mjs') },
  terminal: { samples: ['01-cron', '02-cluster'], load: () => import('./terminal.mjs') },
  script: { samples: ['01-cron', '02-cluster'], load: () => import('./unattended.mjs') },
};

/**
 * Ends everything that it has started before it resolves, whatever happens.
 *
 * @param {Options} options
 * @param {number} startedBy the parent's process id
 * @returns {Promise<number>} the exit code
 */
export async function run(options, startedBy) {
  const quit = quitOnSignals(startedBy);
  try {
    const { samples, load } = VIEWS[options.view];
    const directories = samples.map((name) => `sample/${name}`);
    await build(directories, quit.signal);
    const { show } = await load();
    await show(options, quit);
    return 0;
  } catch (error) {
    // Interrupted work fails in many ways.
    const reason = quit.signal.aborted ? quit.signal.reason : error;
    console.error(colours.red(reason instanceof Error ? reason.message : String(reason)));
    return reason instanceof Quit ? reason.exitCode : 1;
  }
}
