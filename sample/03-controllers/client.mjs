// node client.mjs POST|GET http://127.0.0.1:3002/tickets: asks any instance, and follows its answer to the leader.
import { setTimeout as delay } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';

/** The number of attempts before it gives up. */
const ATTEMPTS = 20;

/**
 * @param {string} url of any instance
 * @param {RequestInit} [request]
 * @returns {Promise<Response>} the leader's response
 */
export async function askLeader(url, request) {
  let target = new URL(url);
  for (let attempt = 1; ; attempt += 1) {
    // An instance that can't be reached is treated like one that does not know the leader.
    const response = await fetch(target, request).catch(() => undefined);
    if (response && response.status !== 503) return response;
    const { leader } = /** @type {{ leader?: { address?: string } }} */ (
      (await response?.json()) ?? {}
    );
    if (attempt === ATTEMPTS) throw new Error(`No leader found in ${ATTEMPTS} attempts`);
    if (leader?.address && new URL(leader.address).origin !== target.origin) {
      console.error(`${target.origin} refers to the leader, ${leader.address}`);
      target = new URL(target.pathname, leader.address);
      continue;
    }
    const seconds = Number(response?.headers.get('retry-after') ?? 1);
    console.error(`${target.origin} does not know the leader; trying again in ${seconds} s`);
    await delay(seconds * 1_000, undefined, { signal: request?.signal ?? undefined });
    target = new URL(url);
  }
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const [method, url] = process.argv.slice(2);
  if (!method || !url)
    throw new Error('Usage: node client.mjs POST|GET http://127.0.0.1:3001/tickets');
  console.log(await (await askLeader(url, { method })).text());
}
