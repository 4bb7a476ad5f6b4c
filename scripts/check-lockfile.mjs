// The lockfile must not say where packages were downloaded: that is each machine's own affair (.npmrc).
import { readFileSync } from 'node:fs';
import { root } from './install.mjs';

const { packages } = JSON.parse(readFileSync(`${root}/package-lock.json`, 'utf8'));
const offenders = Object.keys(packages).filter((path) => 'resolved' in packages[path]);
if (offenders.length > 0) {
  console.error(`package-lock.json names a download address for ${offenders.join(', ')}.`);
  console.error(
    'Remove package-lock.json and node_modules, and run `npm install` in this directory.',
  );
  process.exit(1);
}
