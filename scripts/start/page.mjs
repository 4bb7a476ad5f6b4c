import colours from 'picocolors';
import { freePort } from '../../tooling/embedded-postgres/free-port.mjs';
import { until } from '../../tooling/process-lifetime/quit-on-signals.mjs';

const PORT = 4300;
const cluster = new URL('../../sample/02-cluster/dist/cluster-app.js', import.meta.url);

/**
 * sample/02-cluster, whose page shows its instances and lets the viewer do what they like with them, until `quit`.
 *
 * @param {import('./options.mjs').Options} options
 * @param {AbortController} quit
 */
export async function show({ port, logs }, quit) {
  console.log('Starting PostgreSQL and the instances …');
  const { createClusterApp } = await import(cluster.href);
  const app = await createClusterApp({ logs });
  try {
    quit.signal.throwIfAborted();
    await app.listen(port ?? (await freePort(PORT)), '127.0.0.1');
    console.log(`\n  Open ${colours.bold(colours.cyan(`${await app.getUrl()}/`))}\n`);
    console.log(colours.dim('Ctrl-C ends it, and everything that it has started.'));
    await until(quit.signal);
  } finally {
    console.log('Ending …');
    await app.close();
  }
}
