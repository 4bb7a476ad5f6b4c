import { createRequire } from 'node:module';

const require = createRequire(import.meta.url);

/**
 * A package that only this entry point needs. With `require`, not with a static import, whose failure would not say what
 * to do; nor with an awaited one, with which the entry point could not be required from CommonJS.
 *
 * @throws Error that names the package to install
 * @internal
 */
export function requirePeer<T>(name: string, entryPoint: string): T {
  resolvePeer(name, name, entryPoint);
  return require(name) as T;
}

/** The major version of a package that only this entry point needs. @internal */
export function majorVersionOfPeer(name: string, entryPoint: string): number {
  const manifest = resolvePeer(name, `${name}/package.json`, entryPoint);
  return Number.parseInt((require(manifest) as { version: string }).version, 10);
}

function resolvePeer(name: string, path: string, entryPoint: string): string {
  try {
    return require.resolve(path);
  } catch (error) {
    if (!/MODULE_NOT_FOUND$/.test(String((error as NodeJS.ErrnoException).code))) throw error;
    throw new Error(
      `nestjs-leader-election/${entryPoint} needs the package ${name}, which is not installed: npm install ${name}`,
      { cause: error },
    );
  }
}
