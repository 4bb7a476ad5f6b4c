import { ProxyLink } from '../../../../tooling/proxies/proxy-link.mjs';

/**
 * A proxy through which one instance reaches the database, and which can be cut; undefined if the connection cannot go
 * through a proxy: over a Unix socket, or encrypted for the name of the server.
 */
export async function linkTo(databaseUrl: string): Promise<ProxyLink | undefined> {
  if (!URL.canParse(databaseUrl)) return undefined;
  const { hostname, port, searchParams } = new URL(databaseUrl);
  const sslMode = searchParams.get('sslmode') ?? process.env.PGSSLMODE ?? 'disable';
  if (!hostname || sslMode !== 'disable' || searchParams.has('host')) return undefined;
  return new ProxyLink(() => Number(port || 5432), hostname).start();
}
