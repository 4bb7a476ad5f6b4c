/** Marks the sessions of instances in `pg_stat_activity`. It is only a hint: any client can use this name. */
export const INSTANCES_PREFIX = 'nestjs-leader-election ';
/** The name of the command line's session, which takes part in no election. */
export const OUTSIDERS_NAME = 'nestjs-leader-election-cli';
/** The server truncates names to this many bytes. */
const LONGEST = 63;

/** @internal */
export function applicationName(instanceId: string): string {
  return `${INSTANCES_PREFIX}${instanceId}`;
}

/**
 * Returns the ID of the instance whose session has this name. A truncated ID ends with `…`.
 *
 * @internal
 */
export function instanceOf(name: string | null | undefined): string | undefined {
  if (!name?.startsWith(INSTANCES_PREFIX)) return undefined;
  const instanceId = name.slice(INSTANCES_PREFIX.length);
  return name.length < LONGEST ? instanceId : `${instanceId}…`;
}
