import assert from 'node:assert/strict';
import { setTimeout as delay } from 'node:timers/promises';
import { askLeader } from './client.mjs';

/** @typedef {import('../../tooling/sample-start/sample-instance.mjs').SampleInstance} Instance */

/**
 * Shows and checks what a client receives.
 *
 * @param {import('../../tooling/sample-start/run-sample.mjs').Stage} stage
 */
export async function tour({ start, signal }) {
  console.log('\nStarting two instances.');
  const instances = [await start(), await start()];
  const { leader, standby } = await whoLeads(instances, signal);
  console.log(`${leader.address} leads, and ${standby.address} knows the leader.`);

  for (const [method, path] of /** @type {const} */ ([
    ['POST', '/tickets'],
    ['GET', '/waiting-room'],
  ])) {
    console.log(`\n${method} ${standby.address}${path}: a leader-only route on a standby.`);
    const refused = await standby.fetch(path, { method, signal });
    const body = /** @type {{ leader: { address: string } }} */ (await refused.json());
    const retryAfter = refused.headers.get('retry-after');
    console.log(`${refused.status}, Retry-After: ${retryAfter}`, body);
    assert.equal(refused.status, 503);
    assert.match(String(retryAfter), /^[1-9]\d*$/);
    assert.equal(body.leader.address, leader.address);
  }

  console.log(`\nA client that asks ${standby.address} and follows the answer to the leader:`);
  const first = await draw(standby, signal);
  assert.equal(first.number, 1);

  console.log(`\nA client receives events from ${leader.address}, and then the leader is stopped.`);
  const calls = await leader.fetch('/waiting-room/calls', { signal });
  await leader.fetch('/waiting-room/next', { method: 'POST', signal });
  const [events] = await Promise.all([calls.text(), leader.stop()]);
  console.log(events.trim());
  assert.match(events, /"number":1/);
  assert.match(events, /event: error/);

  console.log(`\nThe first client asks again, and reaches the new leader:`);
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
 * Resolves when one instance leads and the other knows its address.
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
