import { ProxyLink } from '../../../../tooling/proxies/proxy-link.mjs';

/**
 * A way to the database that can be cut, for one instance; undefined where the connection is none that a proxy may pass
 * on: over a Unix socket, or encrypted for the name of the server.
 */
export async function linkTo(databaseUrl: string): Promise<ProxyLink | undefined> {
  if (!URL.canParse(databaseUrl)) return undefined;
  const { hostname, port, searchParams } = new URL(databaseUrl);
  const sslMode = searchParams.get('sslmode') ?? process.env.PGSSLMODE ?? 'disable';
  if (!hostname || sslMode !== 'disable' || searchParams.has('host')) return undefined;
  return new ProxyLink(() => Number(port || 5432), hostname).start();
}
