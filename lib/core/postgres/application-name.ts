/** How the server's lists of sessions tell those of instances from others. Anybody may call a session so. */
export const INSTANCES_PREFIX = 'nestjs-leader-election ';
/** Those who look from outside, and take part in no election. */
export const OUTSIDERS_NAME = 'nestjs-leader-election-cli';
/** What the server keeps of a name, in bytes. */
const LONGEST = 63;

/** @internal */
export function applicationName(instanceId: string): string {
  return `${INSTANCES_PREFIX}${instanceId}`;
}

/**
 * The instance whose session has this name, as far as the server has kept it.
 *
 * @internal
 */
export function instanceOf(name: string | null | undefined): string | undefined {
  if (!name?.startsWith(INSTANCES_PREFIX)) return undefined;
  const instanceId = name.slice(INSTANCES_PREFIX.length);
  return name.length < LONGEST ? instanceId : `${instanceId}…`;
}
