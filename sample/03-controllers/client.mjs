// node client.mjs [POST|GET] http://127.0.0.1:3002/tickets: asks any instance, and goes where it is sent.
import { setTimeout as delay } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';

/** How often it asks again before it gives up. */
const ATTEMPTS = 20;

/**
 * @param {string} url of any instance
 * @param {RequestInit} [request]
 * @returns {Promise<Response>} the leader's
 */
export async function askLeader(url, request) {
  let target = new URL(url);
  for (let attempt = 1; ; attempt += 1) {
    // An instance that is gone is like one that does not know who leads.
    const response = await fetch(target, request).catch(() => undefined);
    if (response && response.status !== 503) return response;
    const { leader } = /** @type {{ leader?: { address?: string } }} */ (
      (await response?.json()) ?? {}
    );
    if (attempt === ATTEMPTS) throw new Error(`Nobody leads, after ${ATTEMPTS} attempts`);
    if (leader?.address && new URL(leader.address).origin !== target.origin) {
      console.error(`${target.origin} sends us to ${leader.address}`);
      target = new URL(target.pathname, leader.address);
      continue;
    }
    const seconds = Number(response?.headers.get('retry-after') ?? 1);
    console.error(`${target.origin} does not know who leads; again in ${seconds} s`);
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
