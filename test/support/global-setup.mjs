// Once per run, before the workers start: they inherit the environment set here.
import { provideServer } from './postgres/provider.mjs';

/** @type {import('./postgres/provider.mjs').ProvidedServer | undefined} */
let server;

export default async function setup() {
  const run = `test_${process.pid}_`;
  server = await provideServer(run);
  process.env['TEST_RUN'] = run;
  process.env['TEST_SERVER_URL'] = server.url;
  process.stderr.write(`${server.description}\n`);
}

export async function teardown() {
  await server?.stop();
}
