import { Child } from '../child-processes/child.mjs';

const script = new URL('./candidates-process.mjs', import.meta.url);

/** How many candidates share a process. */
const PER_PROCESS = 100;

let fleets = 0;

/**
 * Starts candidates of one election in a few processes. Resolves when all have connected and know the leader.
 *
 * @param {string} connection @param {number} size
 * @param {{ perProcess?: number, from?: number, more?: object, direct?: string }} [how] `from`: the number of the first; `more`: further options; `direct`: the URL for `goDirect`
 */
export async function startCandidates(connection, size, name = `fleet ${(fleets += 1)}`, how = {}) {
  const { perProcess = PER_PROCESS, from: first = 1, more = {}, direct } = how;
  /** @type {Child[]} */
  const processes = [];
  for (let started = 0; started < size; started += perProcess) {
    const count = Math.min(perProcess, size - started);
    const process = new Child(script, {
      connection,
      direct,
      name,
      from: first + started,
      count,
      more,
    });
    processes.push(process);
    // One after the other: the storm part measures a fleet that connects all at once.
    await process.report('ready').catch(async (error) => {
      await disposeAll(processes);
      throw error;
    });
  }
  return {
    name,
    processes,
    /** The moment at which one of them is elected next. @returns {Promise<{ at: number }>} */
    nextElected() {
      for (const process of processes) process.forget('elected');
      return Promise.any(
        processes.map(async (process) => ({ at: await process.report('elected') })),
      );
    },
    /**
     * The answers of every candidate; for `goDirect`, `attempts` and `lateness`, of every process.
     *
     * @param {'roles' | 'leaders' | 'losses' | 'goDirect' | 'attempts' | 'lateness'} what @returns {Promise<any[]>}
     */
    ask: async (what) => (await Promise.all(processes.map((process) => process.ask(what)))).flat(),
    dispose: () => disposeAll(processes),
  };
}

/** @param {Child[]} processes */
const disposeAll = (processes) => Promise.all(processes.map((process) => process.dispose()));

/** @typedef {Awaited<ReturnType<typeof startCandidates>>} Candidates */
