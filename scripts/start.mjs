// npm start: several instances of a sample on a throwaway PostgreSQL, to watch them elect a leader on a page or here.
// Builtins only up to ensureInstalled(): on a fresh clone there is nothing else.
import { ensureInstalled } from '../tooling/build/install.mjs';
import { readOptions } from './start/options.mjs';

const startedBy = process.ppid;
const options = readOptions(process.argv.slice(2));
ensureInstalled();
const { run } = await import('./start/build-and-show.mjs');
process.exitCode = await run(options, startedBy);
