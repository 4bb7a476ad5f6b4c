import pg from 'pg';
import { report } from './report.mjs';

const { connection, leaseDuration, heartbeatInterval } = JSON.parse(process.argv[2] ?? '{}');
const LOCK = 4711;

const client = new pg.Client(connection);
await client.connect();
if (leaseDuration) await client.query(`SET idle_session_timeout = ${leaseDuration}`);
process.on('message', () => {
  report('stopped');
  void client.query('SELECT pg_advisory_unlock($1)', [LOCK]);
});
// A process that is disposed of may see its connection go.
client.on('error', () => {});
await client.query('SELECT pg_advisory_lock($1)', [LOCK]);
report('granted');
if (heartbeatInterval) setInterval(() => void client.query(''), heartbeatInterval);
