// Packs the package, installs the tarball in empty directories as a user would, and has it elect there: two electors
// that compete for a real lock, and whole applications of Nest 11 and 12, on the oldest Node that the package supports.
import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ensureInstalled } from '../tooling/build/install.mjs';
import { root } from '../tooling/project-root.mjs';

ensureInstalled();
const { EmbeddedServer } = await import('../tooling/embedded-postgres/embedded-server.mjs');
const { nodeProgram, oldestNode } = await import('../tooling/npm-packages/node-program.mjs');
const { cronApps, writeCronApp } = await import('./smoke-package/cron-apps.mjs');

const directory = mkdtempSync(join(tmpdir(), 'smoke-package-'));
const server = new EmbeddedServer();
try {
  console.log('Packing');
  const [packed] = JSON.parse(
    run('npm', ['pack', '--json', '--silent', '--pack-destination', directory], root),
  );
  const tarball = `file:${join(directory, packed.filename)}`;
  const { node } = await nodeProgram(await oldestNode());
  await server.start();

  console.log(`Installing ${packed.filename} (${packed.files.length} files) in an empty directory`);
  const app = join(directory, 'app');
  mkdirSync(app);
  writeFileSync(join(app, 'package.json'), '{ "private": true }\n');
  install(app, [
    tarball,
    ...Object.entries(peers('@nestjs/common', '@nestjs/core')).map((peer) => peer.join('@')),
  ]);
  for (const script of ['elect.mjs', 'elect.cjs']) {
    copyFileSync(new URL(`./smoke-package/${script}`, import.meta.url), join(app, script));
    console.log(`Running ${script}`);
    process.stdout.write(run(node, [script, server.url], app));
  }

  console.log('Running the command-line tool');
  const tool = join(app, 'node_modules', 'nestjs-leader-election', 'dist', 'cli', 'main.js');
  for (const command of ['check', 'status'])
    process.stdout.write(run(node, [tool, command, '--url', server.url], app));

  for (const cronApp of cronApps) {
    console.log(`Making, compiling and running ${cronApp.name}`);
    const home = join(directory, cronApp.name);
    writeCronApp(cronApp, home, {
      ...peers('@types/node'),
      'nestjs-leader-election': tarball,
    });
    install(home);
    run(process.execPath, [join(root, 'node_modules', 'typescript', 'bin', 'tsc')], home);
    process.stdout.write(run(node, ['dist/main.js', server.url], home));
  }
} finally {
  await server.stop();
  rmSync(directory, { recursive: true, force: true });
}

/**
 * What a user has beside the package, at the versions that the project tests with.
 *
 * @param {string[]} more
 * @returns {Record<string, string>}
 */
function peers(...more) {
  const { devDependencies } = JSON.parse(readFileSync(`${root}/package.json`, 'utf8'));
  const names = ['pg', 'rxjs', 'reflect-metadata', ...more];
  return Object.fromEntries(names.map((name) => [name, devDependencies[name]]));
}

/** @param {string} cwd @param {string[]} [packages] */
function install(cwd, packages = []) {
  run('npm', ['install', '--no-audit', '--no-fund', '--loglevel=error', ...packages], cwd);
}

/**
 * @param {string} command
 * @param {string[]} args
 * @param {string} cwd
 */
function run(command, args, cwd) {
  const { status, stdout, error } = spawnSync(command, args, {
    cwd,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
    timeout: 180_000,
    shell: process.platform === 'win32',
  });
  if (error) throw error;
  if (status !== 0) throw new Error(`${command} ${args.join(' ')} failed:\n${stdout}`);
  return stdout;
}
