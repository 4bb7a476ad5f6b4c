import pg from 'pg';

/** @type {Map<string, pg.Pool>} */
const pools = new Map();

/**
 * Repeats a query until it returns true.
 *
 * @param {{ url: string }} server @param {string} condition a query of one boolean
 * @param {number} [patience] milliseconds
 * @returns {Promise<boolean>} false if it did not within that time
 */
export async function until({ url }, condition, patience = Infinity) {
  const deadline = performance.now() + patience;
  const pool =
    pools.get(url) ?? new pg.Pool({ connectionString: url, max: 1, allowExitOnIdle: true });
  pools.set(url, pool);
  // Stopping the server at the end takes the pool's connection with it.
  if (pool.listenerCount('error') === 0) pool.on('error', () => {});
  for (;;) {
    const { rows } = await pool.query({ text: condition, rowMode: 'array' });
    if (rows[0]?.[0] === true) return true;
    if (performance.now() > deadline) return false;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}
