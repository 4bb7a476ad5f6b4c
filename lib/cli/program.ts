import { Command, CommanderError, Option } from 'commander';
import type { Pooler } from '../core/postgres/preflight.js';
import { VERSION } from '../core/version.js';
import {
  readElection,
  readLockKey,
  readMilliseconds,
  readUrl,
  type Database,
} from './arguments.js';
import { check } from './check.js';
import { inOneLine, withoutUrls } from './command-error.js';
import { resign } from './resign.js';
import { screenOf } from './screen.js';
import { status } from './status.js';

/** How often `status --watch` looks, in milliseconds, if not told otherwise. */
const LOOK_EVERY = 2_000;
/** How long `resign` waits, in milliseconds, if not told otherwise: longer than the default of `stopTimeout`. */
const RESIGN_WITHIN = 30_000;

/** What a command needs of its process. */
export interface World {
  readonly env: NodeJS.ProcessEnv;
  readonly stdout: NodeJS.WriteStream;
  readonly stderr: Pick<NodeJS.WriteStream, 'write'>;
}

interface DatabaseFlags {
  readonly url?: string;
  readonly pooler?: Pooler;
}
interface KeyFlags {
  readonly lockKey?: bigint;
}

/** Runs what the arguments say. Resolves with the exit code; what went wrong is one line on the standard error. */
export async function run(args: readonly string[], world: World = process): Promise<number> {
  try {
    await program(world).parseAsync(args, { from: 'user' });
    return 0;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode; // It has been said.
    complain(world, inOneLine(error));
    return 1;
  }
}

function complain({ stderr }: World, text: string): void {
  stderr.write(`nestjs-leader-election: ${text}\n`);
}

function program(world: World): Command {
  const all = new Command('nestjs-leader-election')
    .description('Looks at the leader elections in a PostgreSQL database.')
    .version(VERSION)
    .configureOutput({
      writeOut: (text) => world.stdout.write(text),
      writeErr: (text) => world.stderr.write(text),
      // A mistyped argument may well be a URL with a password.
      outputError: (text) => {
        complain(world, inOneLine(withoutUrls(text)).replace(/^error: /, ''));
      },
    })
    .exitOverride();
  const screen = screenOf(world.stdout, world.env);

  withDatabase(all.command('check'))
    .description(
      'say whether this database, and this path to it, can hold an election; if not, why',
    )
    .addOption(
      option('--election <name>', 'whose key is looked at', readElection).default('default'),
    )
    .addOption(option('--lock-key <key>', 'a key of 64 bits in place of the name’s', readLockKey))
    .action(
      async ({ election, lockKey, ...flags }: DatabaseFlags & KeyFlags & { election: string }) => {
        await check(databaseOf(flags, world), { election, lockKey }, screen);
      },
    );

  withDatabase(all.command('status'))
    .description(
      'show every election: who leads, in which term and since when, and who else takes part',
    )
    .option('--watch', 'look again and again', false)
    .addOption(
      option('--interval <milliseconds>', 'how often --watch looks', readMilliseconds(100)).default(
        LOOK_EVERY,
      ),
    )
    .option('--json', 'for programs; with --watch, a line for each look', false)
    .action(
      async ({
        watch,
        interval,
        json,
        ...flags
      }: DatabaseFlags & { watch: boolean; interval: number; json: boolean }) => {
        const looks = { json, every: watch ? interval : undefined };
        await untilInterrupted((stop) => status(databaseOf(flags, world), looks, screen, stop));
      },
    );

  withDatabase(all.command('resign'))
    .description('ask the leader of an election to step down, and wait until another leads')
    .argument('<election>', 'the name of the election', readElection)
    .option('--instance <id>', 'only if this instance leads')
    .addOption(option('--lock-key <key>', 'a key of 64 bits in place of the name’s', readLockKey))
    .option('--force', 'end the leader’s session instead of asking', false)
    .addOption(
      option('--timeout <milliseconds>', 'how long to wait', readMilliseconds(1)).default(
        RESIGN_WITHIN,
      ),
    )
    .action(
      async (
        election: string,
        {
          instance,
          lockKey,
          force,
          timeout,
          ...flags
        }: DatabaseFlags & KeyFlags & { instance?: string; force: boolean; timeout: number },
      ) => {
        await resign(
          databaseOf(flags, world),
          { election, instance, lockKey, force, timeout },
          screen,
        );
      },
    );
  return all;
}

/** An interruption is the way to end what would go on for ever; what was opened is closed before the process ends. */
async function untilInterrupted(work: (stop: AbortSignal) => Promise<void>): Promise<void> {
  const stop = new AbortController();
  const interrupt = () => {
    stop.abort();
  };
  const signals = ['SIGINT', 'SIGTERM'] as const;
  for (const signal of signals) process.on(signal, interrupt);
  try {
    await work(stop.signal);
  } finally {
    for (const signal of signals) process.off(signal, interrupt);
  }
}

function withDatabase(command: Command): Command {
  return command
    .addOption(
      new Option(
        '--url <url>',
        'the database, as postgresql://user:password@host:5432/database (default: DATABASE_URL)',
      ),
    )
    .addOption(
      new Option('--pooler <mode>', 'the pooler in between is in this mode').choices(['session']),
    );
}

function option<T>(flags: string, description: string, read: (text: string) => T): Option {
  return new Option(flags, description).argParser(read);
}

function databaseOf({ url, pooler }: DatabaseFlags, { env }: World): Database {
  return { config: readUrl(url ?? env['DATABASE_URL']), pooler };
}
