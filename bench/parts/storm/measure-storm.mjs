import { setTimeout as delay } from 'node:timers/promises';
import { EmbeddedServer } from '../../../tooling/embedded-postgres/embedded-server.mjs';
import { CountingProxy } from '../database/counting-proxy.mjs';
import { startCandidates } from '../../many-candidates/start-candidates.mjs';
import { Child } from '../../child-processes/child.mjs';
import { monotonicNow } from '../../../tooling/clock.mjs';
import { until } from '../../child-processes/until-server-says.mjs';

const application = new URL('../../child-processes/application-process.mjs', import.meta.url);
const ELECTION = 'storm';

/** Everybody has tried the lock again by then, and heard of the new leader, in milliseconds. */
const CALM = 5_000;

/** Who is not back by then has not come back, in milliseconds. */
export const PATIENCE = 120_000;

/** Bounds of the connections that are counted together, in milliseconds. */
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
    progress.begin('the fleet starts');
    await leader.report('leader');
    fleet = await startCandidates(connection, candidates - 1, ELECTION);
    await delay(CALM);
    const deaths = [];
    for (let round = 0; round < samples; round += 1) {
      progress.begin(round === 0 ? 'SIGKILL' : 'the leader’s session ends');
      const strike = round === 0 ? () => killed(leader) : await endSession(server, fleet);
      deaths.push(await afterDeath({ proxy, fleet, own: round === 0 ? 0 : 1 }, strike));
      progress.step();
    }
    /** @type {Awaited<ReturnType<typeof afterRestart>>[]} */
    const restarts = [];
    // A fleet that did not come back can't be measured again.
    for (let round = 0; round < samples && restarts.every(({ areBack }) => areBack); round += 1) {
      progress.begin('the server restarts');
      restarts.push(await afterRestart({ server, proxy, fleet }));
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
 * At the server it is what the death of the leader's process is: its session ends, and others take over.
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
 * @param {{ proxy: CountingProxy, fleet: Candidates, own: number }} where `own`: how many of the fleet lose their session by it
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
    /** Of those who had no part in it. */
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

/** @param {{ server: Server, proxy: CountingProxy, fleet: Candidates }} where */
async function afterRestart({ server, proxy, fleet }) {
  const size = (await fleet.ask('roles')).length;
  await server.halt();
  const elected = fleet.nextElected();
  const connectedBefore = proxy.connectedAt.length;
  await fleet.ask('lateness');
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
  const connected = proxy.connectedAt.slice(connectedBefore).map((moment) => moment - since);
  return {
    /** Milliseconds. */
    starting: up - since,
    allBack: back - up,
    areBack,
    newLeader: at - up,
    attempts: connected.length,
    buckets: buckets(connected),
    /** How late a timer of a candidate was, at the most. */
    lateness: Math.max(...lateness),
    ...(await unity(fleet)),
  };
}

/** How many moments fall into each stretch of time. @param {number[]} moments */
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
