import { parseArgs } from 'node:util';

const USAGE = `Usage: npm start [-- options]

Starts three instances of sample/01-cron on a throwaway PostgreSQL and shows how they elect a leader.
In a terminal, keys kill, stop, freeze and add instances.

Options:
  --script    run a fixed sequence of failures unattended, check that exactly one instance leads
              after each, and print the times; exits with 0 only if all went well
  --logs      show the instances' own logs
  -h, --help  show this

Environment:
  DATABASE_URL  a PostgreSQL (14 or later) of yours to meet on, instead of the throwaway one`;

/** @typedef {{ script: boolean, logs: boolean }} Options */

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
        script: { type: 'boolean', default: false },
        logs: { type: 'boolean', default: false },
        help: { type: 'boolean', short: 'h', default: false },
      },
    });
    if (!values.help) return values;
    console.log(USAGE);
    return process.exit(0);
  } catch (error) {
    console.error(`${error instanceof Error ? error.message : String(error)}\n\n${USAGE}`);
    return process.exit(2);
  }
}
