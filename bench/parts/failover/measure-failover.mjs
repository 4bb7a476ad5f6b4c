import { EmbeddedServer } from '../../../tooling/embedded-postgres/embedded-server.mjs';
import { installOtherLibraries, versions } from './other-libraries/packages.mjs';
import { contestants } from './contestants.mjs';
import { faults, restart } from './failover-faults.mjs';
import { startPair } from './contestant-pair.mjs';
import { startRedis } from '../../../tooling/redis/start-redis.mjs';

/** @typedef {import('./contestants.mjs').Contestant} Contestant */
/** @typedef {import('./failover-faults.mjs').Fault} Fault */
/** @typedef {{ fault: string, contestant: string, milliseconds: number[] }} Series */

/** How many samples are taken at a time of contestants that mostly wait. */
const TOGETHER = 5;

/**
 * @param {{ samples: number, competitors: number }} options `competitors`: samples of each contestant that mostly waits
 * @param {import('../../progress.mjs').Progress} progress
 */
export async function measure({ samples, competitors }, progress) {
  /** @type {Series[]} */
  const series = faults.flatMap((fault) =>
    contestants
      .filter((contestant) => contestant.options(fault))
      .map((contestant) => ({ fault: fault.key, contestant: contestant.key, milliseconds: [] })),
  );
  const otherLibraries = await installOtherLibraries();
  const redis = await startRedis();
  const server = await new EmbeddedServer().start();
  const surroundings = { server, redis, otherLibraries };
  /** @param {Contestant} contestant */
  const wanted = ({ waits }) => (waits ? Math.min(samples, competitors) : samples);
  const present = contestants.filter(({ store }) => store !== 'redis' || redis);
  const here = (/** @type {Fault} */ fault) => present.filter(({ options }) => options(fault));
  progress.start(faults.flatMap(here).reduce((sum, contestant) => sum + wanted(contestant), 0));

  /** @param {Fault} fault @param {Contestant[]} together */
  const sample = async (fault, together) => {
    progress.begin(fault.name);
    const pairs = await startPairs(fault, together, surroundings);
    try {
      // A server restart is one fault for all pairs; any other fault hits each pair separately.
      const common = fault === restart && pairs[0] ? await fault.strike(pairs[0].pair) : undefined;
      await Promise.all(
        pairs.map(async ({ contestant, pair }) => {
          const taken = await pair.takenOver(common ?? (await fault.strike(pair)));
          find(series, fault, contestant)?.milliseconds.push(taken);
          progress.step();
        }),
      );
    } finally {
      await Promise.all(pairs.map(({ pair }) => pair.dispose()));
    }
  };

  try {
    for (const fault of faults) {
      for (let round = 0; round < samples; round += 1) {
        const due = here(fault).filter((contestant) => round < wanted(contestant));
        if (fault === restart) {
          await sample(fault, due);
          continue;
        }
        // They take turns, so that other load on the machine affects all of them.
        for (const contestant of due) if (!contestant.waits) await sample(fault, [contestant]);
        if (round % TOGETHER > 0) continue;
        const waiting = due.filter(({ waits }) => waits);
        await sample(
          fault,
          waiting.flatMap((contestant) =>
            Array.from(
              { length: Math.min(TOGETHER, wanted(contestant) - round) },
              () => contestant,
            ),
          ),
        );
      }
    }
    return {
      postgresql: server.version,
      redis: redis?.version,
      versions: await versions(),
      series,
    };
  } finally {
    await redis?.stop();
    await server.stop();
  }
}

/** @param {Fault} fault @param {Contestant[]} together @param {import('./contestant-pair.mjs').Surroundings} surroundings */
async function startPairs(fault, together, surroundings) {
  const started = await Promise.allSettled(
    together.map(async (contestant) => ({
      contestant,
      pair: await startPair(contestant, fault, surroundings),
    })),
  );
  const pairs = started.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []));
  const failure = started.find(({ status }) => status === 'rejected');
  if (!failure) return pairs;
  await Promise.all(pairs.map(({ pair }) => pair.dispose()));
  throw /** @type {PromiseRejectedResult} */ (failure).reason;
}

/** @param {Series[]} series @param {Fault} fault @param {Contestant} contestant */
const find = (series, fault, contestant) =>
  series.find((one) => one.fault === fault.key && one.contestant === contestant.key);
