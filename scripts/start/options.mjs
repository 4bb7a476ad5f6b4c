import { parseArgs } from 'node:util';

const USAGE = `Usage: npm start [-- options]
       npm run start:terminal [-- options]

Starts three instances on a throwaway PostgreSQL and shows how they elect a leader: on a page, whose
address is printed (sample/02-cluster), or in the terminal (sample/01-cron). Buttons or keys kill,
stop, freeze and cut off the leader, add instances and restart PostgreSQL.

Options:
  --port <n>  the page's port, or 0 for any; default: 4300, or the next free port
  --terminal  use the terminal instead of the page, like npm run start:terminal
  --script    in the terminal, run a fixed sequence of faults unattended, check that exactly one
              instance leads after each, and print the times; exits with 0 only if all is well
  --logs      show the instances' own logs
  -h, --help  show this

Environment:
  DATABASE_URL  your own PostgreSQL (14 or later) instead of the throwaway one; it cannot be
                restarted from here`;

/**
 * @typedef {object} Options
 * @property {'page' | 'terminal' | 'script'} view
 * @property {boolean} logs
 * @property {number | undefined} port
 */

/**
 * Ends the process on `--help` and on options that don't exist.
 *
 * @param {string[]} args
 * @returns {Options}
 */
export function readOptions(args) {
  try {
    const { values } = parseArgs({
      args,
      options: {
        port: { type: 'string' },
        terminal: { type: 'boolean', default: false },
        script: { type: 'boolean', default: false },
        logs: { type: 'boolean', default: false },
        help: { type: 'boolean', short: 'h', default: false },
      },
    });
    if (!values.help) {
      const view = values.script ? 'script' : values.terminal ? 'terminal' : 'page';
      return { view, logs: values.logs, port: readPort(values.port, view) };
    }
    console.log(USAGE);
    return process.exit(0);
  } catch (error) {
    console.error(`${error instanceof Error ? error.message : String(error)}\n\n${USAGE}`);
    return process.exit(2);
  }
}

/** @param {string | undefined} given @param {Options['view']} view */
function readPort(given, view) {
  if (given === undefined) return undefined;
  if (view !== 'page')
    throw new Error('--port is for the page: it cannot be combined with --terminal or --script');
  const port = Number(given);
  if (/^\d+$/.test(given) && port <= 65_535) return port;
  throw new Error(`--port must be a whole number from 0 to 65535, not ${JSON.stringify(given)}`);
}
