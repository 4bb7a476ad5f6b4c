import { defaultTimings } from 'nestjs-leader-election';
import { until } from '../../tooling/process-lifetime/quit-on-signals.mjs';
import { ClusterService, createClusterApp } from './built-cluster.mjs';
import { program } from './sample-program.mjs';
import { watch } from './watch.mjs';

/**
 * The cluster of sample/02-cluster in the terminal instead of on its page, with instances of sample/01-cron. Runs until
 * `quit`.
 *
 * @param {import('./options.mjs').Options} options
 * @param {AbortController} quit
 */
export async function show({ logs }, quit) {
  console.log('Starting PostgreSQL and the instances …');
  let print = console.log;
  /** @param {string} text */
  const log = (text) => print(text);
  // sample/01-cron runs with the defaults of the library.
  const app = await createClusterApp({
    program,
    timings: defaultTimings,
    log: logs ? log : undefined,
  });
  try {
    quit.signal.throwIfAborted();
    const cluster = app.get(ClusterService);
    console.log(`The instances use ${cluster.database}.`);
    const view = watch(cluster, quit);
    // From here on above the panel.
    print = view.print;
    await until(quit.signal);
    view.close();
  } finally {
    console.log('Ending …');
    await app.close();
  }
}
