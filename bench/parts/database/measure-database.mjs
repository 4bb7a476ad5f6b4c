import { setTimeout as delay } from 'node:timers/promises';
import { EmbeddedServer } from '../../../tooling/embedded-postgres/embedded-server.mjs';
import { startCandidates } from '../../many-candidates/start-candidates.mjs';
import { Child } from '../../child-processes/child.mjs';
import { CountingProxy, perSecond } from './counting-proxy.mjs';
import { cpuOf, memoryOf, observe } from './sessions.mjs';

/** @typedef {Awaited<ReturnType<typeof observe>>} Observer */
/** @typedef {EmbeddedServer} Server */

/**
 * What an instance or a fleet costs the server.
 *
 * @typedef {object} Cost
 * @property {number} connections
 * @property {number} statements per second
 * @property {number} bytes per second, in both directions
 * @property {number} cpu milliseconds of the server's processor time per second
 * @property {number} memory bytes that belong to its server processes alone
 */

const script = new URL('../../child-processes/application-process.mjs', import.meta.url);
const ROLES = ['leader', 'heir', 'standby'];
const ELECTIONS = [1, 100];
/** Shares of the largest fleet. */
const FLEETS = [0.02, 0.2, 1];

/** After a start, until all instances are idle, in milliseconds. */
const SETTLING = 5_000;

/** @param {{ seconds: number, candidates: number }} options @param {import('../../progress.mjs').Progress} progress */
export async function measure({ seconds, candidates }, progress) {
  const server = await new EmbeddedServer({ settings: { max_connections: 600 } }).start();
  const observer = await observe(server.url);
  progress.start(ELECTIONS.length + FLEETS.length);
  try {
    const roles = [];
    for (const elections of ELECTIONS) {
      progress.begin(elections === 1 ? '1 election' : `${elections} elections`);
      roles.push(...(await costOfRoles(server, observer, { elections, seconds })));
      progress.step();
    }
    const fleets = [];
    for (const share of FLEETS) {
      const size = Math.max(2, Math.round(candidates * share));
      progress.begin(`${size} candidates`);
      fleets.push({ size, ...(await costOfCandidates(server, observer, { size, seconds })) });
      progress.step();
    }
    return { postgresql: server.version, seconds, roles, fleets };
  } finally {
    await observer.end();
    await server.stop();
  }
}

/** @param {Server} server @param {Observer} observer @param {{ elections: number, seconds: number }} what */
async function costOfRoles(server, observer, { elections, seconds }) {
  const proxies = await Promise.all(ROLES.map(() => new CountingProxy(() => server.port).start()));
  /** @type {Child[]} */
  const instances = [];
  try {
    for (const [index, role] of ROLES.entries()) {
      const connection = proxies[index]?.through(server.url);
      const instance = new Child(script, {
        connection,
        instanceId: nameOf(role, elections),
        elections: Array.from({ length: elections }, (_, number) => `election ${number + 1}`),
      });
      instances.push(instance);
      await instance.report(role);
    }
    await delay(SETTLING);
    const running = await observer.processes();
    return await Promise.all(
      ROLES.map(async (role, index) => {
        const application = `nestjs-leader-election ${nameOf(role, elections)}`;
        const own = running.filter(({ name }) => name === application);
        const proxy = /** @type {CountingProxy} */ (proxies[index]);
        return { role, elections, ...(await costThrough(proxy, seconds, own)) };
      }),
    );
  } finally {
    await Promise.all(instances.map((instance) => instance.dispose()));
    for (const proxy of proxies) proxy.stop();
  }
}

/** @param {string} role @param {number} elections */
const nameOf = (role, elections) => `${role} of ${elections}`;

/** @param {Server} server @param {Observer} observer @param {{ size: number, seconds: number }} what */
async function costOfCandidates(server, observer, { size, seconds }) {
  const proxy = await new CountingProxy(() => server.port).start();
  const fleet = await startCandidates(proxy.through(server.url), size);
  try {
    await delay(SETTLING);
    return await costThrough(proxy, seconds, await observer.processes());
  } finally {
    await fleet.dispose();
    proxy.stop();
  }
}

/**
 * @param {CountingProxy} proxy @param {number} seconds
 * @param {import('./sessions.mjs').ServerProcess[]} processes of the server, that work for it
 * @returns {Promise<Cost>}
 */
async function costThrough(proxy, seconds, processes) {
  const [before, cpuBefore] = [proxy.counts, await cpuOf(processes)];
  await delay(seconds * 1_000);
  const [after, cpuAfter] = [proxy.counts, await cpuOf(processes)];
  return {
    connections: after.connections,
    ...perSecond(before, after),
    cpu: ((cpuAfter - cpuBefore) / (after.at - before.at)) * 1_000,
    memory: await memoryOf(processes),
  };
}
