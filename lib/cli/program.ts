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
import { inOneLine, messageFor, withoutUrls } from './command-error.js';
import { resign } from './resign.js';
import { screenOf } from './screen.js';
import { status } from './status.js';

/** The default interval of `status --watch`, in milliseconds. */
const LOOK_EVERY = 2_000;
/** How long `resign` waits by default, in milliseconds: longer than the default of `stopTimeout`. */
const RESIGN_WITHIN = 30_000;

const LOCK_KEY = [
  '--lock-key <key>',
  'lock key (default: derived from the name)',
  readLockKey,
] as const;

/** The parts of the process that a command uses. */
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

/** Runs the command in the arguments. Resolves with the exit code; an error is one line on standard error. */
export async function run(args: readonly string[], world: World = process): Promise<number> {
  try {
    await program(world).parseAsync(args, { from: 'user' });
    return 0;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode; // Already reported.
    complain(world, messageFor(error));
    return 1;
  }
}

function complain({ stderr }: World, text: string): void {
  stderr.write(`nestjs-leader-election: ${text}\n`);
}

function program(world: World): Command {
  const screen = screenOf(world.stdout, world.env);
  const all = new Command('nestjs-leader-election')
    .description('Checks, shows and controls leader elections in a PostgreSQL database.')
    .version(VERSION)
    .configureOutput({
      writeOut: (text) => world.stdout.write(text),
      writeErr: (text) => world.stderr.write(text),
      getOutHelpWidth: () => screen.width ?? 80,
      // A mistyped argument may be a URL with a password.
      outputError: (text) => {
        const message = inOneLine(withoutUrls(text)).replace(/^error: /, '');
        complain(world, `${message.replace(/(?<![.)])$/, '.')} See --help.`);
      },
    })
    .exitOverride();

  withDatabase(all.command('check'))
    .description('check whether this database can hold an election over this connection')
    .addOption(
      option('--election <name>', 'election whose lock is checked', readElection).default(
        'default',
      ),
    )
    .addOption(option(...LOCK_KEY))
    .action(
      async ({ election, lockKey, ...flags }: DatabaseFlags & KeyFlags & { election: string }) => {
        await check(databaseOf(flags, world), { election, lockKey }, screen);
      },
    );

  withDatabase(all.command('status'))
    .description('show every election: its leader, its term and its other instances')
    .option('--watch', 'refresh until interrupted')
    .addOption(
      option('--interval <ms>', 'how often --watch refreshes', readMilliseconds(100)).default(
        LOOK_EVERY,
      ),
    )
    .option('--json', 'print JSON; with --watch, one line per refresh')
    .action(
      async ({
        watch = false,
        interval,
        json = false,
        ...flags
      }: DatabaseFlags & { watch?: boolean; interval: number; json?: boolean }) => {
        const looks = { json, every: watch ? interval : undefined };
        await untilInterrupted((stop) => status(databaseOf(flags, world), looks, screen, stop));
      },
    );

  withDatabase(all.command('resign'))
    .description('ask the leader of an election to step down, and wait for its successor')
    .argument('<election>', 'name of the election', readElection)
    .option('--instance <id>', 'only if this instance is the leader')
    .addOption(option(...LOCK_KEY))
    .option('--force', "terminate the leader's session instead of asking")
    .addOption(
      option('--timeout <ms>', 'how long to wait', readMilliseconds(1)).default(RESIGN_WITHIN),
    )
    .action(
      async (
        election: string,
        {
          instance,
          lockKey,
          force = false,
          timeout,
          ...flags
        }: DatabaseFlags & KeyFlags & { instance?: string; force?: boolean; timeout: number },
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

/** Runs work until it ends or a signal stops it; work that is stopped still closes its connections. */
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
    .addOption(new Option('--url <url>', 'URL of the database (default: DATABASE_URL)'))
    .addOption(
      new Option('--pooler <mode>', 'allow a connection pooler in this mode').choices(['session']),
    );
}

function option<T>(flags: string, description: string, read: (text: string) => T): Option {
  return new Option(flags, description).argParser(read);
}

function databaseOf({ url, pooler }: DatabaseFlags, { env }: World): Database {
  return { config: readUrl(url ?? env['DATABASE_URL']), pooler };
}
