import colours from 'picocolors';
import { freePort } from '../../tooling/embedded-postgres/free-port.mjs';
import { until } from '../../tooling/process-lifetime/quit-on-signals.mjs';
import { createClusterApp } from './built-cluster.mjs';

const PORT = 4300;

/**
 * sample/02-cluster, whose page shows its instances and has buttons to break them, until `quit`.
 *
 * @param {import('./options.mjs').Options} options
 * @param {AbortController} quit
 */
export async function show({ port, logs }, quit) {
  console.log('Starting PostgreSQL and the instances …');
  const app = await createClusterApp({ log: logs ? console.log : undefined });
  try {
    quit.signal.throwIfAborted();
    await app.listen(port ?? (await freePort(PORT)), '127.0.0.1');
    console.log(`\n  Open ${colours.bold(colours.cyan(`${await app.getUrl()}/`))}\n`);
    console.log(colours.dim('Ctrl-C ends it and everything that it has started.'));
    await until(quit.signal);
  } finally {
    console.log('Ending …');
    await app.close();
  }
}
