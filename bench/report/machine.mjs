import { availableParallelism, cpus, loadavg, release, totalmem } from 'node:os';

/** The machine and the software on which a part was measured. */
export function machine() {
  return {
    system: `${process.platform} ${release()}, ${process.arch}`,
    processor: cpus()[0]?.model.trim() ?? 'unknown',
    cores: availableParallelism(),
    memory: `${Math.round(totalmem() / 2 ** 30)} GiB`,
    node: process.version.slice(1),
    /** Of the last five minutes. */
    load: Math.round((loadavg()[1] ?? 0) * 10) / 10,
  };
}

/** @param {ReturnType<typeof machine>} machine */
export function describeMachine({ system, processor, cores, memory, node, load }) {
  return `Node ${node}, ${system}; ${processor}, ${cores} cores, ${memory}; all processes on one machine, load average ${load}`;
}
