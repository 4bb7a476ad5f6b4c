import { Child } from '../processes/child.mjs';

const script = new URL('./fleet-process.mjs', import.meta.url);

/** How many candidates share a process. */
const PER_PROCESS = 100;

let fleets = 0;

/**
 * Candidates of one election, in a few processes.
 *
 * @param {string} connection @param {number} size
 */
export function startFleet(connection, size, name = `fleet ${(fleets += 1)}`) {
  /** @type {Child[]} */
  const processes = [];
  for (let from = 1; from <= size; from += PER_PROCESS) {
    const count = Math.min(PER_PROCESS, size - from + 1);
    processes.push(new Child(script, { connection, name, from, count }));
  }
  return {
    name,
    processes,
    /** Everybody is connected, and knows who leads. */
    ready: () => Promise.all(processes.map((process) => process.report('ready'))),
    /** The moment of the next election, of one of them. @returns {Promise<{ at: number }>} */
    nextElected() {
      for (const process of processes) process.forget('elected');
      return Promise.any(
        processes.map(async (process) => ({ at: await process.report('elected') })),
      );
    },
    /** Of every candidate. @param {'roles' | 'leaders' | 'losses'} what @returns {Promise<any[]>} */
    ask: async (what) => (await Promise.all(processes.map((process) => process.ask(what)))).flat(),
    dispose: () => Promise.all(processes.map((process) => process.dispose())),
  };
}

/** @typedef {ReturnType<typeof startFleet>} Fleet */
