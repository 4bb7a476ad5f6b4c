// A plain lease table: one row, renewed by its holder, taken over once it has expired. The rules and the timings are
// those of client-go (leaderelection.go), on the server's clock. As there, a leader that can't renew in time stops.
import { setTimeout as delay } from 'node:timers/promises';
import pg from 'pg';
import { options, report } from '../../../child-processes/report-to-parent.mjs';

const { connection, name, leaseDuration, renewDeadline, retryPeriod } = options;
/** client-go's JitterFactor: how much longer than `retryPeriod` a candidate may wait. */
const JITTER = 1.2;

const me = String(process.pid);
const pool = new pg.Pool({ connectionString: connection, max: 1 });
pool.on('error', () => {}); // The next statement gets another connection.

const RELEASE = 'UPDATE lease SET expires_at = now() WHERE name = $1 AND holder = $2';

let stopping = false;
process.on('message', () => {
  stopping = true;
  report('stopped');
  // ReleaseOnCancel, which is optional in client-go.
  void pool.query(RELEASE, [name, me]);
});

const ACQUIRE_OR_RENEW = `
  INSERT INTO lease AS l VALUES ($1, $2, now() + $3 * interval '1 ms')
  ON CONFLICT (name) DO UPDATE SET holder = excluded.holder, expires_at = excluded.expires_at
        WHERE l.holder = excluded.holder OR l.expires_at <= now()
  RETURNING holder`;

async function acquireOrRenew() {
  try {
    const { rowCount } = await pool.query(ACQUIRE_OR_RENEW, [name, me, leaseDuration]);
    return rowCount === 1;
  } catch {
    return false;
  }
}

// Serialized, because CREATE TABLE IF NOT EXISTS can fail if two sessions run it at the same time.
await pool.query(`
  SELECT pg_advisory_xact_lock(hashtext('lease'));
  CREATE TABLE IF NOT EXISTS lease (
    name text PRIMARY KEY, holder text NOT NULL, expires_at timestamptz NOT NULL)`);

while (!stopping) {
  if (await acquireOrRenew()) {
    await lead();
  } else {
    report('standing by');
    await delay(retryPeriod * (1 + JITTER * Math.random()));
  }
}

async function lead() {
  for (let renewed = performance.now(); performance.now() - renewed < renewDeadline && !stopping;) {
    report('leading');
    await delay(retryPeriod);
    while (!stopping && performance.now() - renewed < renewDeadline && !(await acquireOrRenew()))
      await delay(retryPeriod);
    renewed = performance.now();
  }
}
