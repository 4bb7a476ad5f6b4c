import assert from 'node:assert/strict';
import { setTimeout as delay } from 'node:timers/promises';
import pg from 'pg';

/** @typedef {import('../../tooling/sample-start/sample-instance.mjs').SampleInstance} Instance */
/** @typedef {{ id: number, total: number, term: string }} Invoice */

/**
 * Shows that each order is invoiced once, whichever instance leads, and that a write of a former leader is rejected.
 *
 * @param {import('../../tooling/sample-start/run-sample.mjs').Stage} stage
 */
export async function tour({ start, signal, databaseUrl }) {
  console.log('\nStarting two instances. The leader creates the tables.');
  const instances = [await start(), await start()];
  const { instance: old, term: oldTerm } = await whoLeads(instances, signal);
  console.log(`${old.address} leads in term ${oldTerm}.`);
  await until(signal, async () => (await old.json('/report')).term === oldTerm);
  const before = await old.json('/report');

  console.log('\nBoth instances take orders. The leader invoices them and writes a report:');
  await Promise.all(
    [1, 2, 3, 4, 5, 6].map((amount) => order(instances[amount % 2], amount, signal)),
  );
  console.log(await reports(instances, { revenue: before.revenue + 21, term: oldTerm }, signal));

  console.log(`\nStopping ${old.address} while more orders arrive.`);
  const [left] = instances.filter((instance) => instance !== old);
  assert.ok(left);
  await Promise.all([old.stop(), ...[7, 8, 9].map((amount) => order(left, amount, signal))]);
  const { term } = await whoLeads([left], signal);
  console.log(`${left.address} leads in term ${term}.`);
  const after = await reports([left], { revenue: before.revenue + 45, term }, signal);
  console.log(after);
  assert.ok(BigInt(term) > BigInt(oldTerm), 'The term of a new leader is greater');
  const orders = await overdue(databaseUrl);
  assert.equal(orders, 0, 'Each order has an invoice');

  console.log(
    `\nWriting the report with the old term, like a leader that was frozen before its write:`,
  );
  const refusal = await writeLate(databaseUrl, oldTerm);
  console.log(refusal);
  assert.match(refusal, new RegExp(`term ${oldTerm} is over`));
  assert.equal((await left.json('/report')).revenue, after.revenue);
}

/**
 * Sends the same statement as TypeORM, with an old term.
 *
 * @param {string} databaseUrl
 * @param {string} term
 */
async function writeLate(databaseUrl, term) {
  return withClient(databaseUrl, async (client) => {
    const write = `UPDATE shop_report SET revenue = 0, term = $1 WHERE name = 'revenue'`;
    return client.query(write, [term]).then(
      () => 'The write was not rejected.',
      (error) => String(error),
    );
  });
}

/** @param {string} databaseUrl */
async function overdue(databaseUrl) {
  return withClient(databaseUrl, async (client) => {
    const { rows } = await client.query('SELECT FROM shop_order WHERE invoice_id IS NULL');
    return rows.length;
  });
}

/**
 * @template T
 * @param {string} databaseUrl
 * @param {(client: pg.Client) => Promise<T>} work
 */
async function withClient(databaseUrl, work) {
  const client = new pg.Client(databaseUrl);
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

/**
 * @param {Instance | undefined} instance
 * @param {number} amount
 * @param {AbortSignal} signal
 */
async function order(instance, amount, signal) {
  const headers = { 'content-type': 'application/json' };
  const body = JSON.stringify({ amount });
  const response = await instance?.fetch('/orders', { method: 'POST', headers, body, signal });
  assert.equal(response?.status, 201);
}

/**
 * Resolves with the report when every instance shows the expected revenue and term, and the invoices add up to it.
 *
 * @param {readonly Instance[]} instances
 * @param {{ revenue: number, term: string }} expected
 * @param {AbortSignal} signal
 */
async function reports(instances, { revenue, term }, signal) {
  for (const instance of instances) {
    await until(signal, async () => {
      const report = await instance.json('/report');
      return report.revenue === revenue && report.term === term;
    });
    /** @type {Invoice[]} */
    const invoices = await instance.json('/invoices');
    const total = invoices.reduce((sum, invoice) => sum + invoice.total, 0);
    assert.equal(total, revenue);
  }
  return instances[0]?.json('/report');
}

/**
 * @param {readonly Instance[]} instances
 * @param {AbortSignal} signal
 * @returns {Promise<{ instance: Instance, term: string }>}
 */
async function whoLeads(instances, signal) {
  for (;;) {
    for (const instance of instances) {
      const { isLeader, term } = await instance.json('/');
      if (isLeader) return { instance, term };
    }
    await delay(50, undefined, { signal });
  }
}

/**
 * @param {AbortSignal} signal
 * @param {() => Promise<boolean>} holds
 */
async function until(signal, holds) {
  while (!(await holds())) await delay(50, undefined, { signal });
}
