// Packs the package, installs the tarball in an empty directory as a user would, and lets two
// electors there compete for a real lock.
import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ensureInstalled, root } from './install.mjs';

ensureInstalled();
const { EmbeddedServer } = await import('../support/embedded-postgres/embedded-server.mjs');

const app = mkdtempSync(join(tmpdir(), 'smoke-package-'));
const server = new EmbeddedServer();
try {
  console.log('Packing');
  const [packed] = JSON.parse(
    run('npm', ['pack', '--json', '--silent', '--pack-destination', app], root),
  );
  console.log(`Installing ${packed.filename} (${packed.files.length} files) in an empty directory`);
  writeFileSync(join(app, 'package.json'), '{ "private": true }\n');
  run(
    'npm',
    ['install', '--no-audit', '--no-fund', '--loglevel=error', ...requirements(packed)],
    app,
  );

  await server.start();
  for (const script of ['elect.mjs', 'elect.cjs']) {
    copyFileSync(new URL(`./smoke/${script}`, import.meta.url), join(app, script));
    console.log(`Running ${script}`);
    process.stdout.write(run(process.execPath, [script, server.url], app));
  }
} finally {
  await server.stop();
  rmSync(app, { recursive: true, force: true });
}

/**
 * The tarball and what a user has beside it, at the versions that the project tests with.
 *
 * @param {{ filename: string }} packed
 */
function requirements({ filename }) {
  const { devDependencies } = JSON.parse(readFileSync(`${root}/package.json`, 'utf8'));
  const peers = ['pg', 'rxjs', 'reflect-metadata', '@nestjs/common', '@nestjs/core'];
  return [`./${filename}`, ...peers.map((name) => `${name}@${devDependencies[name]}`)];
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
