import assert from 'node:assert/strict';
import { setTimeout as delay } from 'node:timers/promises';
import { askLeader } from './client.mjs';

/** @typedef {import('../../tooling/sample-start/sample-instance.mjs').SampleInstance} Instance */

/**
 * Shows what a client sees, and checks it.
 *
 * @param {import('../../tooling/sample-start/run-sample.mjs').Stage} stage
 */
export async function tour({ start, signal }) {
  console.log('\nTwo instances start.');
  const instances = [await start(), await start()];
  const { leader, standby } = await whoLeads(instances, signal);
  console.log(`${leader.address} leads, and ${standby.address} knows it.`);

  for (const [method, path] of /** @type {const} */ ([
    ['POST', '/tickets'],
    ['GET', '/waiting-room'],
  ])) {
    console.log(`\n${method} ${standby.address}${path}: leader-only, and this is a standby.`);
    const refused = await standby.fetch(path, { method, signal });
    const body = /** @type {{ leader: { address: string } }} */ (await refused.json());
    const retryAfter = refused.headers.get('retry-after');
    console.log(`${refused.status}, Retry-After: ${retryAfter}`, body);
    assert.equal(refused.status, 503);
    assert.match(String(retryAfter), /^[1-9]\d*$/);
    assert.equal(body.leader.address, leader.address);
  }

  console.log(`\nA client that follows the answer, asking ${standby.address}:`);
  const first = await draw(standby, signal);
  assert.equal(first.number, 1);

  console.log(`\nSomebody listens to the calls of ${leader.address}; then it is told to stop.`);
  const calls = await leader.fetch('/waiting-room/calls', { signal });
  await leader.fetch('/waiting-room/next', { method: 'POST', signal });
  const [told] = await Promise.all([calls.text(), leader.stop()]);
  console.log(told.trim());
  assert.match(told, /"number":1/);
  assert.match(told, /event: error/);

  console.log(`\nThe same client again:`);
  const second = await draw(standby, signal);
  assert.ok(BigInt(second.term) > BigInt(first.term), 'The term of a new leader is greater');
  assert.equal(second.number, 1);
}

/**
 * @param {Instance} instance
 * @param {AbortSignal} signal
 */
async function draw({ address }, signal) {
  const response = await askLeader(`${address}/tickets`, { method: 'POST', signal });
  const ticket = /** @type {{ term: string, number: number }} */ (await response.json());
  console.log(`${response.status}`, ticket);
  assert.equal(response.status, 201);
  return ticket;
}

/**
 * Resolves when one leads and the other knows where.
 *
 * @param {readonly Instance[]} instances
 * @param {AbortSignal} signal
 */
async function whoLeads(instances, signal) {
  for (;;) {
    const answers = await Promise.all(
      instances.map(async (instance) => {
        const { isLeader, leader } = await instance.json('/tickets');
        return { instance, isLeader, leader };
      }),
    );
    const leader = answers.find(({ isLeader }) => isLeader)?.instance;
    const standby = answers.find(({ isLeader }) => !isLeader);
    if (leader && standby?.leader === leader.address) return { leader, standby: standby.instance };
    await delay(50, undefined, { signal });
  }
}
