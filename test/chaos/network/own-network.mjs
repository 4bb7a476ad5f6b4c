// A network of the test's own: the whole run in a network namespace, each of some instances in another, joined by a
// bridge. Nothing of the machine's network is touched, and all of it is gone when the last process in it is.
import { execFile, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** From the block that is set aside for tests between devices (RFC 2544). */
export const NETWORK = '198.18.77';
export const HOST = `${NETWORK}.1`;

const INSIDE = 'CHAOS_OWN_NETWORK';

/** Why packets can't be dropped here; undefined where they can. @returns {string | undefined} */
export function whyNot() {
  if (process.platform !== 'linux') return 'network namespaces are Linux’s';
  if (process.getuid?.() !== 0) return 'network namespaces need root';
  for (const [program, ...args] of [
    ['unshare', '--version'],
    ['nsenter', '--version'],
    ['ip', '-V'],
    ['nft', '--version'],
  ]) {
    if (spawnSync(/** @type {string} */ (program), args).error) return `${program} is missing`;
  }
  const trial = spawnSync('unshare', ['--net', 'nft', 'add', 'table', 'inet', 'chaos']);
  return trial.status === 0 ? undefined : 'network namespaces are not allowed here';
}

/**
 * Runs this program again in a network namespace of its own, and ends as that does; returns inside of it.
 *
 * @param {string} script
 */
export async function enterOwnNetwork(script) {
  if (process.env[INSIDE]) {
    await run('ip', ['link', 'set', 'lo', 'up']);
    await run('ip', ['link', 'add', 'chaos', 'type', 'bridge']);
    await run('ip', ['addr', 'add', `${HOST}/24`, 'dev', 'chaos']);
    await run('ip', ['link', 'set', 'chaos', 'up']);
    return;
  }
  const args = ['--net', process.execPath, script, ...process.argv.slice(2)];
  const child = spawn('unshare', args, {
    stdio: 'inherit',
    env: { ...process.env, [INSIDE]: 'yes' },
  });
  process.on('SIGINT', () => {});
  process.on('SIGTERM', () => child.kill('SIGTERM'));
  const [code] = await once(child, 'exit');
  process.exit(code ?? 1);
}

/**
 * A namespace with one cable to the bridge. It lives as long as the process that holds it, which ends with this one.
 *
 * @param {number} number
 */
export async function namespace(number) {
  const holder = spawn('unshare', ['--net', 'cat'], { stdio: ['pipe', 'pipe', 'inherit'] });
  // What comes back has been through the namespace, so that exists.
  holder.stdin.write('.');
  await once(holder.stdout, 'data');
  const enter = ['nsenter', `--net=/proc/${holder.pid}/ns/net`];
  const cable = `chaos${number}`;
  await run('ip', `link add ${cable} type veth peer name eth0 netns ${holder.pid}`.split(' '));
  await run('ip', ['link', 'set', cable, 'master', 'chaos', 'up']);
  for (const command of [
    'ip link set lo up',
    `ip addr add ${NETWORK}.${10 + number}/24 dev eth0`,
    'ip link set eth0 up',
    'nft add table inet chaos',
    'nft add chain inet chaos out { type filter hook output priority 0 ; }',
    'nft add chain inet chaos in { type filter hook input priority 0 ; }',
  ]) {
    await inside(enter, command);
  }
  return { enter, end: () => void holder.stdin.end() };
}

/** @param {string[]} enter @param {string} command */
export async function inside(enter, command) {
  const [program = '', ...args] = [...enter, ...command.split(' ')];
  await run(program, args);
}
