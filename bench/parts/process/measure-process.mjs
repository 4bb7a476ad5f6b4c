import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { reachableFrom } from '../../../tooling/build/reachable-files.mjs';
import { EmbeddedServer } from '../../../tooling/embedded-postgres/embedded-server.mjs';
import { root } from '../../../tooling/project-root.mjs';
import { Child } from '../../child-processes/child.mjs';

const callProcess = new URL('./call-process.mjs', import.meta.url);
const boot = new URL('./boot-process.mjs', import.meta.url);
const VARIANTS = ['bare', 'bare with pg', 'bare with a connection', 'with the module'];

/** Rounds before samples count: until the code is compiled and optimized. */
const WARM_UP = 20;

/**
 * Measures the package as it is published.
 *
 * @param {{ samples: number }} options @param {import('../../progress.mjs').Progress} progress
 */
export async function measure({ samples }, progress) {
  await npm('run', 'build');
  const server = await new EmbeddedServer().start();
  progress.start(2 * samples + WARM_UP);
  try {
    progress.begin('calls');
    const calls = await measureCalls(server.url, samples, progress);
    progress.begin('boots');
    const boots = await measureBoots(server.url, samples, progress);
    return { postgresql: server.version, calls, boots, size: await packedSize() };
  } finally {
    await server.stop();
  }
}

/** @typedef {{ where: string, call: string, nanoseconds: number[] }} Calls */

/** @param {string} connection @param {number} samples @param {import('../../progress.mjs').Progress} progress */
async function measureCalls(connection, samples, progress) {
  /** @type {Calls[]} */
  const calls = [];
  const leader = new Child(callProcess, { connection });
  await leader.report('leader');
  const standby = new Child(callProcess, { connection });
  try {
    await standby.report('heir');
    for (let round = -WARM_UP; round < samples; round += 1) {
      for (const [where, process] of Object.entries({ leader, standby })) {
        const sample = await process.ask('sample');
        if (round >= 0)
          for (const [call, value] of Object.entries(sample)) add(calls, where, call, value);
      }
      progress.step();
    }
    return calls;
  } finally {
    await Promise.all([leader.dispose(), standby.dispose()]);
  }
}

/** @param {Calls[]} calls @param {string} where @param {string} call @param {number} value */
function add(calls, where, call, value) {
  const found = calls.find((other) => other.where === where && other.call === call);
  if (found) found.nanoseconds.push(value);
  else calls.push({ where, call, nanoseconds: [value] });
}

/** @param {string} connection @param {number} samples @param {import('../../progress.mjs').Progress} progress */
async function measureBoots(connection, samples, progress) {
  const boots = VARIANTS.map((variant) => ({
    variant,
    boot: /** @type {number[]} */ ([]),
    cpu: /** @type {number[]} */ ([]),
    heap: /** @type {number[]} */ ([]),
    rss: /** @type {number[]} */ ([]),
  }));
  for (let round = 0; round < samples; round += 1) {
    for (const { variant, ...measured } of boots) {
      const child = new Child(
        boot,
        { variant, connection, election: `boot ${round}` },
        { execArgv: ['--expose-gc'] },
      );
      const sample = await child.detail('booted');
      await child.dispose();
      measured.boot.push(sample.boot);
      measured.cpu.push(sample.cpu);
      measured.heap.push(sample.heap);
      measured.rss.push(sample.rss);
    }
    progress.step();
  }
  return boots;
}

/** In bytes: what users install, and how much of it an application loads. */
async function packedSize() {
  const output = await npm('pack', '--json', '--dry-run', '--ignore-scripts');
  /** @type {[{ size: number, unpackedSize: number, files: { path: string, size: number }[] }]} */
  const [{ size, unpackedSize, files }] = JSON.parse(output);
  const loaded = reachableFrom(join(root, 'dist', 'index.js'));
  const kinds = KINDS.map(({ kind }) => ({ kind, files: 0, bytes: 0 }));
  for (const { path, size: bytes } of files) {
    const found = kinds[KINDS.findIndex(({ is }) => is(path, loaded))];
    if (!found) continue;
    found.files += 1;
    found.bytes += bytes;
  }
  return { packed: size, unpacked: unpackedSize, kinds };
}

/** @typedef {(path: string, loaded: ReadonlySet<string>) => boolean} Fits */

export const LOADED = 'JavaScript that an application loads';

/** The kinds of files; the first match counts. @type {readonly { kind: string, is: Fits }[]} */
const KINDS = [
  { kind: LOADED, is: (path, loaded) => loaded.has(join(root, path)) },
  {
    kind: 'JavaScript of the command line and other entry points',
    is: (path) => /\.c?js$/.test(path),
  },
  { kind: 'types, for the compiler', is: (path) => /\.d\.c?ts$/.test(path) },
  { kind: 'the manifest, README and licence', is: () => true },
];

/** Returns the output of npm. @param {string[]} args */
async function npm(...args) {
  const { stdout } = await promisify(execFile)('npm', args, {
    cwd: root,
    shell: process.platform === 'win32',
    maxBuffer: 2 ** 26,
  });
  return stdout;
}
