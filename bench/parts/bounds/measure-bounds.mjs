import { EmbeddedServer } from '../../../tooling/embedded-postgres/embedded-server.mjs';
import { randomMoment } from '../failover/failover-faults.mjs';
import { bounds } from './bounded-faults.mjs';
import { observeFreezes } from './freezes.mjs';
import { leaderAndHeir } from './application-pair.mjs';

/** @param {{ samples: number }} options @param {import('../../progress.mjs').Progress} progress */
export async function measure({ samples }, progress) {
  const server = await new EmbeddedServer().start();
  progress.start(bounds.length * samples);

  /** @param {import('./bounded-faults.mjs').Bound} bound */
  const sample = async (bound) => {
    const pair = await leaderAndHeir(server);
    try {
      await randomMoment();
      return await bound.measure(pair);
    } finally {
      await pair.dispose();
      progress.step();
    }
  };

  try {
    /** In the order of the bounds, milliseconds. @type {number[][]} */
    const measured = [];
    for (const bound of bounds) {
      progress.begin(bound.fault);
      /** @type {number[]} */
      const values = [];
      if (bound.together) {
        values.push(...(await Promise.all(Array.from({ length: samples }, () => sample(bound)))));
      } else {
        while (values.length < samples) values.push(await sample(bound));
      }
      measured.push(values);
    }
    progress.begin('freezes of 2, 8 and 30 s');
    return { postgresql: server.version, measured, freezes: await observeFreezes(server) };
  } finally {
    await server.stop();
  }
}
