import { setTimeout as delay } from 'node:timers/promises';
import { EmbeddedServer } from '../../../tooling/embedded-postgres/embedded-server.mjs';
import { CountingProxy } from '../database/counting-proxy.mjs';
import { startCandidates } from '../../many-candidates/start-candidates.mjs';
import { Child } from '../../child-processes/child.mjs';
import { monotonicNow } from '../../../tooling/clock.mjs';
import { until } from '../../child-processes/until-server-says.mjs';

const application = new URL('../../child-processes/application-process.mjs', import.meta.url);
const ELECTION = 'storm';

/** In milliseconds. By then, all candidates have tried the lock again and know the new leader. */
const CALM = 5_000;

/** In milliseconds. A candidate that is not back by then counts as lost. */
export const PATIENCE = 120_000;

/** The time for which connections are counted together, in milliseconds. */
const BUCKET = 100;

/** @typedef {EmbeddedServer} Server */
/** @typedef {import('../../many-candidates/start-candidates.mjs').Candidates} Candidates */

/**
 * @param {{ samples: number, candidates: number }} options
 * @param {import('../../progress.mjs').Progress} progress
 */
export async function measure({ samples, candidates }, progress) {
  const server = await new EmbeddedServer({
    settings: { max_connections: candidates + 100 },
  }).start();
  const proxy = await new CountingProxy(() => server.port).start();
  progress.start(2 * samples);
  const connection = proxy.through(server.url);
  const leader = new Child(application, {
    connection,
    instanceId: 'leader',
    elections: [ELECTION],
  });
  /** @type {Candidates | undefined} */
  let fleet;
  try {
    progress.begin('starting the fleet');
    await leader.report('leader');
    fleet = await startCandidates(connection, candidates - 1, ELECTION, {
      direct: server.url,
    });
    await delay(CALM);
    const deaths = [];
    for (let round = 0; round < samples; round += 1) {
      progress.begin(round === 0 ? 'SIGKILL' : 'terminating the leader’s session');
      const strike = round === 0 ? () => killed(leader) : await endSession(server, fleet);
      deaths.push(await afterDeath({ proxy, fleet, own: round === 0 ? 0 : 1 }, strike));
      progress.step();
    }
    // The proxy counts statements. After a restart it would be a bottleneck.
    await fleet.ask('goDirect');
    /** @type {Awaited<ReturnType<typeof afterRestart>>[]} */
    const restarts = [];
    // After a fleet that did not come back, there is nothing more to measure.
    for (let round = 0; round < samples && restarts.every(({ areBack }) => areBack); round += 1) {
      progress.begin('restarting the server');
      restarts.push(await afterRestart({ server, fleet }));
      progress.step();
    }
    return { postgresql: server.version, candidates, bucket: BUCKET, deaths, restarts };
  } finally {
    await Promise.all([leader.dispose(), fleet?.dispose()]);
    proxy.stop();
    await server.stop();
  }
}

/** @param {Child} leader */
async function killed(leader) {
  const since = monotonicNow();
  leader.signal('SIGKILL');
  return since;
}

/**
 * For the server, this is the same as the death of the leader's process: its session ends.
 *
 * @param {Server} server @param {Candidates} fleet
 */
async function endSession(server, fleet) {
  const roles = await fleet.ask('roles');
  const session = `nestjs-leader-election candidate ${roles.indexOf('leader') + 1}`;
  return async () => {
    const since = monotonicNow();
    await until(
      server,
      `SELECT bool_and(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE application_name = '${session}'`,
    );
    return since;
  };
}

/**
 * @param {{ proxy: CountingProxy, fleet: Candidates, own: number }} where `own`: sessions of the fleet that the fault ends
 * @param {() => Promise<number>} strike
 */
async function afterDeath({ proxy, fleet, own }, strike) {
  const lossesBefore = await fleet.ask('losses');
  const elected = fleet.nextElected();
  const before = proxy.counts;
  const since = await strike();
  const { at } = await elected;
  const electedCounts = proxy.counts;
  await delay(1_000);
  const after = proxy.counts;
  await delay(CALM);
  const losses = await fleet.ask('losses');
  return {
    /** Milliseconds. */
    newLeader: at - since,
    statementsUntilThen: electedCounts.statements - before.statements,
    statementsInTheNextSecond: after.statements - electedCounts.statements,
    ...(await unity(fleet)),
    /** By the other candidates. */
    lost: sum(losses) - sum(lossesBefore) - own,
  };
}

/** Whether all agree. @param {Candidates} fleet */
async function unity(fleet) {
  const leaders = await fleet.ask('leaders');
  const roles = await fleet.ask('roles');
  const count = (/** @type {string} */ role) => roles.filter((other) => other === role).length;
  const leader = `candidate ${roles.indexOf('leader') + 1}`;
  return {
    leaders: count('leader'),
    heirs: count('heir'),
    astray: leaders.filter((other) => other !== leader).length,
  };
}

/** @param {{ server: Server, fleet: Candidates }} where */
async function afterRestart({ server, fleet }) {
  const size = (await fleet.ask('roles')).length;
  await server.halt();
  const elected = fleet.nextElected();
  await Promise.all([fleet.ask('attempts'), fleet.ask('lateness')]);
  const since = monotonicNow();
  await server.start();
  const up = monotonicNow();
  const areBack = await until(
    server,
    `SELECT count(*) = ${size} FROM pg_stat_activity WHERE application_name LIKE 'nestjs-leader-election candidate %'`,
    PATIENCE,
  );
  const back = monotonicNow();
  const lateness = await fleet.ask('lateness');
  const { at } = await elected;
  await delay(CALM);
  const attempts = (await fleet.ask('attempts')).map((moment) => moment - since);
  return {
    /** Milliseconds. */
    starting: up - since,
    allBack: back - up,
    areBack,
    newLeader: at - up,
    attempts: attempts.length,
    buckets: buckets(attempts),
    /** How late a timer of a candidate was, at the most. */
    lateness: Math.max(...lateness),
    ...(await unity(fleet)),
  };
}

/** How many moments fall into each bucket. @param {number[]} moments */
function buckets(moments) {
  /** @type {number[]} */
  const counts = [];
  for (const moment of moments) {
    const index = Math.max(0, Math.floor(moment / BUCKET));
    counts[index] = (counts[index] ?? 0) + 1;
  }
  return Array.from(counts, (count) => count ?? 0);
}

/** @param {number[]} values */
const sum = (values) => values.reduce((total, value) => total + value, 0);
