import { Child } from '../child-processes/child.mjs';

const script = new URL('./candidates-process.mjs', import.meta.url);

/** How many candidates share a process. */
const PER_PROCESS = 100;

let fleets = 0;

/**
 * Candidates of one election, in a few processes. When it resolves, all are connected and know who leads.
 *
 * @param {string} connection @param {number} size
 */
export async function startCandidates(connection, size, name = `fleet ${(fleets += 1)}`) {
  /** @type {Child[]} */
  const processes = [];
  for (let from = 1; from <= size; from += PER_PROCESS) {
    const count = Math.min(PER_PROCESS, size - from + 1);
    const process = new Child(script, { connection, name, from, count });
    processes.push(process);
    // One after the other: how a fleet comes back all at once is measured elsewhere.
    await process.report('ready').catch(async (error) => {
      await disposeAll(processes);
      throw error;
    });
  }
  return {
    name,
    processes,
    /** The moment of the next election, of one of them. @returns {Promise<{ at: number }>} */
    nextElected() {
      for (const process of processes) process.forget('elected');
      return Promise.any(
        processes.map(async (process) => ({ at: await process.report('elected') })),
      );
    },
    /** Of every candidate, `lateness` of every process. @param {'roles' | 'leaders' | 'losses' | 'lateness'} what @returns {Promise<any[]>} */
    ask: async (what) => (await Promise.all(processes.map((process) => process.ask(what)))).flat(),
    dispose: () => disposeAll(processes),
  };
}

/** @param {Child[]} processes */
const disposeAll = (processes) => Promise.all(processes.map((process) => process.dispose()));

/** @typedef {Awaited<ReturnType<typeof startCandidates>>} Candidates */
