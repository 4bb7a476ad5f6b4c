import { setTimeout as delay } from 'node:timers/promises';
import { max, median } from 'simple-statistics';
import { monotonicNow } from '../../../tooling/clock.mjs';
import { EmbeddedServer } from '../../../tooling/embedded-postgres/embedded-server.mjs';
import { until } from '../../child-processes/until-server-says.mjs';
import { startCandidates } from '../../many-candidates/start-candidates.mjs';
import { observe } from '../database/sessions.mjs';
import { serverCpu, serverMemory } from './server-usage.mjs';

export const PLACES = 5;

/** Milliseconds. */
const SETTLING = 5_000;
const LOOK_EVERY = 50;

const ELECTION = 'reserve';
const OURS = 'nestjs-leader-election ';

/** @typedef {import('../../many-candidates/start-candidates.mjs').Candidates} Candidates */
/** @typedef {{ samples: number, candidates: number, seconds: number, interval: number }} Options */
/** @typedef {Awaited<ReturnType<typeof liveThrough>>} Fleet */

/**
 * Fleets with and without a limit, in turn, so that other load on the machine affects both.
 *
 * @param {Options} options @param {import('../../progress.mjs').Progress} progress
 */
export async function measure(options, progress) {
  const { samples, candidates, interval } = options;
  progress.start(2 * samples);
  /** @type {Fleet[]} */
  const limited = [];
  /** @type {Fleet[]} */
  const unlimited = [];
  for (let round = 0; round < samples; round += 1) {
    progress.begin('with maxCandidates');
    limited.push(await liveThrough(options, { maxCandidates: PLACES, reserveInterval: interval }));
    progress.step();
    progress.begin('without maxCandidates');
    unlimited.push(await liveThrough(options, {}));
    progress.step();
  }
  return { postgresql: limited[0]?.postgresql, candidates, interval, limited, unlimited };
}

/** Measures one fleet. @param {Options} options @param {object} more options of the candidates */
async function liveThrough({ candidates, seconds, interval }, more) {
  const server = await new EmbeddedServer({
    settings: { max_connections: candidates + 100 },
  }).start();
  const connection = server.url;
  /** By then, every candidate in reserve has connected once, and a free place is taken. */
  const settled = () => delay(SETTLING + interval);
  /** @type {Candidates[]} */
  const fleets = [];
  try {
    // The candidates that get the places, each in a separate process, which is killed later.
    const first = await startCandidates(connection, PLACES, ELECTION, { perProcess: 1, more });
    fleets.push(first);
    const [from, size] = [PLACES + 1, candidates - PLACES];
    const others = await startCandidates(connection, size, ELECTION, { from, more });
    fleets.push(others);
    await settled();
    const calm = await inCalm(server, seconds);
    const allKilled = await untilElected(others, async () => {
      for (const { pid } of first.processes) process.kill(pid, 'SIGKILL');
      return monotonicNow();
    });
    await settled();
    // For the server, this is the same as the death of the leader's process.
    const roles = await others.ask('roles');
    const leader = `nestjs-leader-election candidate ${from + roles.indexOf('leader')}`;
    const leaderGone = await untilElected(others, async () => {
      const since = monotonicNow();
      await until(
        server,
        `SELECT bool_and(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE application_name = '${leader}'`,
      );
      return since;
    });
    await settled();
    await server.halt();
    const restarted = await untilElected(others, async () => {
      await server.start();
      return monotonicNow();
    });
    return { postgresql: server.version, ...calm, allKilled, leaderGone, restarted };
  } finally {
    await Promise.all(fleets.map((fleet) => fleet.dispose()));
    await server.stop();
  }
}

/** The cost for the server while nothing happens. @param {EmbeddedServer} server @param {number} seconds */
async function inCalm(server, seconds) {
  const { pid } = server;
  if (pid === undefined) throw new Error('The server is not running');
  const observer = await observe(server.url);
  try {
    const end = monotonicNow() + seconds * 1_000;
    const [cpuBefore, since] = [await serverCpu(pid), monotonicNow()];
    const connections = [];
    while (monotonicNow() < end) {
      const sessions = await observer.processes();
      connections.push(sessions.filter(({ name }) => name.startsWith(OURS)).length);
      await delay(LOOK_EVERY);
    }
    const cpu = (await serverCpu(pid)) - cpuBefore;
    return {
      connections: { median: median(connections), max: max(connections) },
      /** Milliseconds in a second. */
      cpu: (cpu / (monotonicNow() - since)) * 1_000,
      memory: await serverMemory(pid),
    };
  } finally {
    await observer.end();
  }
}

/** Milliseconds until another leads. @param {Candidates} fleet @param {() => Promise<number>} strike */
async function untilElected(fleet, strike) {
  const elected = fleet.nextElected();
  const since = await strike();
  const { at } = await elected;
  return at - since;
}
