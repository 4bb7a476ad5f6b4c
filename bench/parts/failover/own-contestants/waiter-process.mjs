// Waits in pg_advisory_lock: no session can get a lock sooner than from the server's own queue.
import { setTimeout as delay } from 'node:timers/promises';
import pg from 'pg';
import { options, report } from '../../../child-processes/report-to-parent.mjs';

const { connection, name, leaseDuration, heartbeatInterval } = options;
const LOCK = Number(/\d+$/.exec(name));

/** Between two connection attempts while the server is down, in milliseconds. */
const PAUSE = 10;

/** @type {pg.Client} */
let client;
process.on('message', () => {
  report('stopped');
  void client.query('SELECT pg_advisory_unlock($1)', [LOCK]);
});

async function hold() {
  client = new pg.Client(connection);
  const over = new Promise((resolve) => {
    client.on('error', resolve);
    client.on('end', () => resolve(undefined));
  });
  await client.connect();
  if (leaseDuration) await client.query(`SET idle_session_timeout = ${leaseDuration}`);
  const granted = client.query('SELECT pg_advisory_lock($1)', [LOCK]);
  setTimeout(() => report('standing by'), PAUSE);
  await granted;
  report('leading');
  const beat =
    heartbeatInterval &&
    setInterval(() => void client.query('').catch(() => {}), heartbeatInterval);
  await over;
  clearInterval(beat);
}

for (;;) {
  await hold().catch(() => {});
  await delay(PAUSE);
}
