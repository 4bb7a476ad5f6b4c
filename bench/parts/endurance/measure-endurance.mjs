import { setTimeout as delay } from 'node:timers/promises';
import { EmbeddedServer } from '../../../tooling/embedded-postgres/embedded-server.mjs';
import { memoryOf, observe } from '../database/sessions.mjs';
import { Child } from '../../child-processes/child.mjs';
import { monotonicNow } from '../../../tooling/clock.mjs';
import { until } from '../../child-processes/until-server-says.mjs';

const application = new URL('../../child-processes/application-process.mjs', import.meta.url);
const INSTANCES = ['a', 'b', 'c'];
const ELECTIONS = ['default', 'billing', 'reports'];

/** Samples between two failovers. */
const SAMPLES = 4;

/**
 * @typedef {object} Sample
 * @property {number} seconds since the beginning
 * @property {number} failovers until then
 * @property {{ rss: number, heap: number, external: number, handles: number, files: number }[]} processes
 * @property {{ memory: number, sessions: number }} server
 */

/**
 * @param {{ minutes: number, period: number }} options `period`: seconds between two failovers
 * @param {import('../../progress.mjs').Progress} progress
 * @param {(data: any) => Promise<void>} keep what was measured so far
 */
export async function measure({ minutes, period }, progress, keep) {
  const server = await new EmbeddedServer().start();
  const observer = await observe(server.url);
  const instances = INSTANCES.map(
    (instanceId) =>
      new Child(
        application,
        { connection: server.url, instanceId, elections: ELECTIONS },
        { execArgv: ['--expose-gc'] },
      ),
  );
  /** @type {Sample[]} */
  const samples = [];
  const data = { postgresql: server.version, minutes, period, samples };
  const total = Math.max(1, Math.round((minutes * 60) / period));
  progress.start(total);
  const began = monotonicNow();
  try {
    await Promise.all(
      instances.map((instance) =>
        Promise.race(['leader', 'heir', 'standby'].map((role) => instance.report(role))),
      ),
    );
    for (let failovers = 0; failovers < total;) {
      for (let sample = 0; sample < SAMPLES; sample += 1) {
        await delay((period * 1_000) / SAMPLES);
        const processes = await Promise.all(instances.map((instance) => instance.ask('usage')));
        const sessions = (await observer.processes()).filter(({ name }) =>
          name.startsWith('nestjs-leader-election'),
        );
        samples.push({
          seconds: (monotonicNow() - began) / 1_000,
          failovers,
          processes,
          server: { memory: await memoryOf(sessions), sessions: sessions.length },
        });
        await keep(data);
      }
      failovers += 1;
      progress.begin(`failover ${failovers}`);
      await failOver(server, instances, failovers);
      progress.step();
    }
    return data;
  } finally {
    await Promise.all(instances.map((instance) => instance.dispose()));
    await observer.end();
    await server.stop();
  }
}

/** Alternately by a resignation and by the loss of sessions; the processes keep running. @param {EmbeddedServer} server @param {Child[]} instances @param {number} number */
async function failOver(server, instances, number) {
  for (const instance of instances) instance.forget('elected');
  const elected = Promise.any(instances.map((instance) => instance.report('elected')));
  if (number % 2 === 1) {
    await Promise.all(instances.map((instance) => instance.ask('resign')));
  } else {
    await until(
      server,
      `SELECT count(pg_terminate_backend(pid)) > 0 FROM pg_locks
        WHERE locktype = 'advisory' AND granted AND pid <> pg_backend_pid()`,
    );
  }
  await elected;
}
