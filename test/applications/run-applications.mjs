// node test/applications/run-applications.mjs [name …]: packs the package, and makes and runs applications outside the repository.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { EmbeddedServer } from '../../tooling/embedded-postgres/embedded-server.mjs';
import { nodeProgram, oldestNode } from '../../tooling/npm-packages/node-program.mjs';
import { root } from '../../tooling/project-root.mjs';
import { Workspace } from './workspace.mjs';

/** How many are made at a time: most of the time they wait for npm. */
const TOGETHER = 2;

const applications = await allApplications();
const wanted = process.argv.slice(2);
const chosen = wanted.length === 0 ? applications : wanted.flatMap((name) => named(name));

const directory = mkdtempSync(join(tmpdir(), 'applications-'));
const server = new EmbeddedServer();
/** @type {string[]} */
const failed = [];
try {
  const tarball = pack();
  const [{ node }] = await Promise.all([nodeProgram(await oldestNode()), server.start()]);
  const waiting = [...chosen];
  const worker = async () => {
    for (let next = waiting.shift(); next; next = waiting.shift()) await make(next, tarball, node);
  };
  await Promise.all(Array.from({ length: TOGETHER }, worker));
} finally {
  await server.stop();
  rmSync(directory, { recursive: true, force: true });
}
if (failed.length > 0) console.error(`Failed: ${failed.join(', ')}`);
process.exitCode = failed.length > 0 ? 1 : 0;

/** @returns {Promise<import('./application.mjs').Application[]>} */
async function allApplications() {
  const folders = readdirSync(new URL('.', import.meta.url), { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => new URL(`./${name}/application.mjs`, import.meta.url));
  const modules = await Promise.all(folders.map((url) => import(url.href)));
  return modules.flatMap((module) => module.default);
}

/** All whose names begin so. @param {string} beginning */
function named(beginning) {
  const found = applications.filter(({ name }) => name.startsWith(beginning));
  if (found.length > 0) return found;
  const names = applications.map(({ name }) => name).join(', ');
  throw new Error(`There is no application ${beginning}; there are ${names}`);
}

function pack() {
  const json = execFileSync(
    'npm',
    ['pack', '--json', '--silent', '--pack-destination', directory],
    { cwd: root, encoding: 'utf8', shell: process.platform === 'win32' },
  );
  const [{ filename, files }] = JSON.parse(json);
  console.log(`Packed ${files.length} files; making ${chosen.length} applications`);
  return `file:${join(directory, filename)}`;
}

/** @param {import('./application.mjs').Application} application @param {string} tarball @param {string} node */
async function make({ name, run }, tarball, node) {
  const started = performance.now();
  const home = join(directory, name);
  try {
    const url = await server.createDatabase(name.replaceAll(/\W/g, '_'));
    await run(new Workspace({ directory: home, url, node, tarball }));
    console.log(`passed  ${name} (${Math.round((performance.now() - started) / 1_000)} s)`);
  } catch (error) {
    failed.push(name);
    console.error(`FAILED  ${name}:`, error);
  } finally {
    rmSync(home, { recursive: true, force: true });
  }
}
