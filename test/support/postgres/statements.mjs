import pg from 'pg';

/** @param {string} url */
export function askVersion(url) {
  return connected(url, async (client) => {
    const { rows } = await client.query('SHOW server_version');
    return String(rows[0].server_version).split(' ')[0];
  });
}

/**
 * @param {string} url
 * @param {string} prefix of the names of databases, and of the roles that own or use them
 */
export function dropDatabases(url, prefix) {
  return connected(url, async (client) => {
    const databases = 'SELECT datname AS name FROM pg_database WHERE starts_with(datname, $1)';
    for (const { name } of (await client.query(databases, [prefix])).rows)
      await client.query(`DROP DATABASE ${name} WITH (FORCE)`);
    const roles = 'SELECT rolname AS name FROM pg_roles WHERE starts_with(rolname, $1)';
    for (const { name } of (await client.query(roles, [prefix])).rows)
      await client.query(`DROP ROLE ${name}`);
  });
}

/**
 * @template T
 * @param {string} url
 * @param {(client: pg.Client) => Promise<T>} use
 */
async function connected(url, use) {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 10_000 });
  await client.connect();
  try {
    return await use(client);
  } finally {
    await client.end();
  }
}
