// Two instances, which are traced. Ends by itself, when nothing is left to do.
import { describe, inSpan, takeSpans } from './tracing.js';
import 'reflect-metadata';
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { Client } from 'pg';
import { Duty, start } from './instance.js';

async function main() {
  const client = new Client(process.env['DATABASE_URL']);
  await client.connect();
  await client.query('CREATE TABLE invoices (id int PRIMARY KEY)');
  assert.deepEqual(names(), ['pg.connect', 'pg.query:CREATE']); // The instrumentation works.

  // Whatever span somebody starts an instance in is over long before the instance is.
  const first = await inSpan('start', () => start('first'));
  const leadership = await first.election.whenLeader();
  const second = await start('second');
  await second.becomesHeir();
  await first.leadsFor(5);
  assert.deepEqual(names().sort(), ['elected first', 'start']);

  await inSpan('invoice', () =>
    leadership.transaction(async ({ query }) => {
      await query('INSERT INTO invoices VALUES ($1)', [1]);
    }),
  );
  const refused = inSpan('same invoice', () =>
    leadership.transaction(({ query }) => query('INSERT INTO invoices VALUES ($1)', [1])),
  );
  await assert.rejects(refused, /duplicate key/);
  assert.deepEqual(names(), [
    'pg.query:BEGIN < invoice',
    'pg.query:INSERT < invoice',
    'pg.query:SELECT < invoice', // how durable the commit is to be; COMMIT
    'invoice',
    'pg.query:BEGIN < same invoice',
    'pg.query:INSERT < same invoice',
    'pg.query:ROLLBACK < same invoice',
    'same invoice',
  ]);

  // A request makes another instance lead. What follows does not belong to the request.
  await inSpan('request', () => first.election.resign());
  await second.election.whenLeader();
  await first.becomesHeir();
  await second.leadsFor(5);
  assert.deepEqual(names().sort(), ['demoted first < request', 'elected second', 'request']);

  // The end of a session comes from the driver; what is the application's is traced there, too.
  const demoted = once(Duty.ends, 'second');
  await client.query(
    `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
      WHERE application_name LIKE 'nestjs-leader-election second%'`,
  );
  await demoted;
  await first.election.whenLeader();
  assert.deepEqual(names().sort(), ['demoted second', 'elected first', 'pg.query:SELECT']);

  await second.close();
  await first.close();
  await client.end();
  console.log('Only statements of the application were traced');
}

/** Of the spans that have ended since the last call. */
function names(): string[] {
  return describe(takeSpans());
}

void main();
