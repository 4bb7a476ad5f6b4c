import assert from 'node:assert/strict';
import { setTimeout as delay } from 'node:timers/promises';
import pg from 'pg';

/** @typedef {import('../../tooling/sample-start/sample-instance.mjs').SampleInstance} Instance */
/** @typedef {{ id: number, customer: string, partition: number, done_by: string, done_in_term: string }} Job */

const PARTITIONS = 12;
const CUSTOMERS = Array.from({ length: 30 }, (_, number) => `customer-${number}`);

/**
 * Shows that instances share the partitions of a queue while instances come and go, and that each job is done once.
 *
 * @param {import('../../tooling/sample-start/run-sample.mjs').Stage} stage
 */
export async function tour({ start, signal, databaseUrl }) {
  const database = new pg.Client(databaseUrl);
  await database.connect();
  try {
    console.log(`\nStarting three instances, which share ${PARTITIONS} partitions:`);
    const instances = [await start(), await start(), await start()];
    const names = await settled(instances, [4, 4, 4], signal);
    assert.equal(names.size, 3);
    // The database may contain jobs of an earlier run.
    const { rows } = await database.query('SELECT coalesce(max(id), 0) AS id FROM queue_job');
    const allDone = (/** @type {number} */ each) =>
      jobsOnceDone(database, rows[0].id, each, signal);

    console.log(
      `\nAdding two jobs for each of ${CUSTOMERS.length} customers. Jobs done by instance:`,
    );
    await add(instances, signal);
    const before = await allDone(2);
    console.log(doneBy(before));
    assert.deepEqual(Object.keys(doneBy(before)).length, 3, 'All three instances did jobs');

    const [killed, ...left] = /** @type {[Instance, ...Instance[]]} */ (instances);
    const { instanceId, owned } = await killed.json('/');
    console.log(`\nKilling ${killed.address} while more jobs arrive:`);
    await Promise.all([add(left, signal), killed.kill()]);
    const killedAt = performance.now();
    await settled(left, [6, 6], signal);
    const after = await allDone(4);
    console.log(
      `${Math.round(performance.now() - killedAt)} ms after the kill, all jobs are done.`,
    );

    console.log(
      '\nDoing a job with an old term, like an instance that was frozen instead of killed:',
    );
    for (const partition of owned) {
      const last = before.findLast((job) => job.partition === partition);
      if (last) assert.equal(await claims(database, last), false, 'The old term is refused');
    }
    console.log('Refused: the partition has been led in a greater term.');

    console.log('\nStarting another instance, which gets its share:');
    await settled([...left, await start()], [4, 4, 4], signal);
    await add(left, signal);
    const all = await allDone(6);
    console.log(doneBy(all));

    for (const { partition, done_by } of before)
      assert.equal(owned.includes(partition), done_by === instanceId, 'Its owner did each job');
    check(after);
    check(all);
  } finally {
    await database.end();
  }
}

/**
 * Adds two jobs for each customer, spread over the instances.
 *
 * @param {readonly Instance[]} instances
 * @param {AbortSignal} signal
 */
async function add(instances, signal) {
  const headers = { 'content-type': 'application/json' };
  for (const [number, customer] of [...CUSTOMERS, ...CUSTOMERS].entries()) {
    const body = JSON.stringify({ customer });
    const instance = instances[number % instances.length];
    const response = await instance?.fetch('/jobs', { method: 'POST', headers, body, signal });
    assert.equal(response?.status, 201);
  }
}

/**
 * Resolves when the instances own the expected number of partitions and each partition has one owner. Prints the owners.
 *
 * @param {readonly Instance[]} instances
 * @param {readonly number[]} counts
 * @param {AbortSignal} signal
 */
async function settled(instances, counts, signal) {
  for (;;) {
    const seen = await Promise.all(
      instances.map(async (instance) => {
        const { instanceId, owned } = await instance.json('/');
        return { address: instance.address, instanceId, owned: /** @type {number[]} */ (owned) };
      }),
    );
    const owned = seen.flatMap((one) => one.owned);
    const isWhole = owned.length === PARTITIONS && new Set(owned).size === PARTITIONS;
    if (isWhole && seen.every((one, index) => one.owned.length === counts[index])) {
      for (const { address, owned: numbers } of seen)
        console.log(`  ${address}  ${row(numbers)}  ${numbers.join(', ')}`);
      return new Set(seen.map(({ instanceId }) => instanceId));
    }
    await delay(50, undefined, { signal });
  }
}

/** @param {readonly number[]} numbers */
function row(numbers) {
  return Array.from({ length: PARTITIONS }, (_, n) => (numbers.includes(n) ? '■' : '·')).join(' ');
}

/**
 * Resolves with all jobs after a certain one when they are done, and each customer has had the expected number.
 *
 * @param {pg.Client} database
 * @param {number} after its id
 * @param {number} each
 * @param {AbortSignal} signal
 * @returns {Promise<Job[]>}
 */
async function jobsOnceDone(database, after, each, signal) {
  for (;;) {
    const { rows } = await database.query(
      `SELECT *, partition_of(customer, ${PARTITIONS}) AS partition FROM queue_job WHERE id > $1 ORDER BY id`,
      [after],
    );
    const done = rows.filter(({ done_by }) => done_by !== null);
    if (done.length === rows.length && done.length >= each * CUSTOMERS.length) return done;
    await delay(50, undefined, { signal });
  }
}

/**
 * Checks that terms only grow from job to job in each partition.
 *
 * @param {readonly Job[]} jobs
 */
function check(jobs) {
  for (let partition = 0; partition < PARTITIONS; partition += 1) {
    const terms = jobs
      .filter((job) => job.partition === partition)
      .map(({ done_in_term }) => BigInt(done_in_term));
    assert.ok(terms.every((term, index) => index === 0 || term >= (terms[index - 1] ?? term)));
  }
}

/** @param {readonly Job[]} jobs */
function doneBy(jobs) {
  /** @type {Record<string, number>} */
  const counts = {};
  for (const { done_by } of jobs) counts[done_by] = (counts[done_by] ?? 0) + 1;
  return counts;
}

/**
 * Runs the first statement of a former leader's transaction.
 *
 * @param {pg.Client} database
 * @param {Job} job
 */
async function claims(database, { partition, done_in_term }) {
  const { rowCount } = await database.query(
    `INSERT INTO queue_partition AS seen (partition, term) VALUES ($1, $2)
     ON CONFLICT (partition) DO UPDATE SET term = excluded.term WHERE seen.term <= excluded.term`,
    [partition, done_in_term],
  );
  return rowCount === 1;
}
