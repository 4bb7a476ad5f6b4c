// Lockfiles must not contain download URLs: these depend on each machine's configuration (.npmrc).
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { root } from '../tooling/project-root.mjs';

const list = ['ls-files', '-z', '--cached', '--others', '--exclude-standard', '*package-lock.json'];
const lockfiles = execFileSync('git', list, { cwd: root, encoding: 'utf8' }).split('\0');
for (const lockfile of lockfiles.filter(Boolean)) {
  const { packages } = JSON.parse(readFileSync(`${root}/${lockfile}`, 'utf8'));
  const offenders = Object.keys(packages).filter((path) => 'resolved' in packages[path]);
  if (offenders.length === 0) continue;
  console.error(`${lockfile} contains a download URL for ${offenders.join(', ')}.`);
  console.error(`Remove ${lockfile} and node_modules, and run \`npm install\` in its directory.`);
  process.exitCode = 1;
}
