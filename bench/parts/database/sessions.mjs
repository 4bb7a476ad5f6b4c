// The server's processes, as the server itself lists them.
import pg from 'pg';
import { cpuTime, ownMemory } from '../../child-processes/process-usage.mjs';

/** @typedef {{ pid: number, name: string }} ServerProcess name: of its application; empty for those of the server's own */

/** Observes through a separate connection, which it leaves out of its results. @param {string} url */
export async function observe(url) {
  const client = new pg.Client({ connectionString: url, application_name: 'bench observer' });
  client.on('error', () => {});
  await client.connect();
  return {
    /** @returns {Promise<ServerProcess[]>} */
    async processes() {
      const { rows } = await client.query(
        `SELECT pid, coalesce(application_name, '') AS name FROM pg_stat_activity WHERE pid <> pg_backend_pid()`,
      );
      return rows;
    },
    end: () => client.end().catch(() => {}),
  };
}

/** Milliseconds on a processor, of all together. @param {ServerProcess[]} processes */
export async function cpuOf(processes) {
  return sum(await Promise.all(processes.map(({ pid }) => cpuTime(pid))));
}

/** Bytes, of all together. @param {ServerProcess[]} processes */
export async function memoryOf(processes) {
  return sum(await Promise.all(processes.map(({ pid }) => ownMemory(pid))));
}

/** @param {number[]} values */
const sum = (values) => values.reduce((total, value) => total + value, 0);
