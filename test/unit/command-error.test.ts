import { describe, expect, it } from '@jest/globals';
import { CommandError, FLAGS, messageFor } from '../../lib/cli/command-error.js';
import {
  DatabaseConnectionError,
  describeConnectionError,
  passwordMissing,
} from '../../lib/core/postgres/connection.error.js';
import { preflight } from '../../lib/core/postgres/preflight.js';
import { resolveOptions } from '../../lib/core/resolve-options.js';
import { runHere } from '../support/command-here.js';

/** The flags of all commands, from their help, in the spelling of options: --lock-key is lockKey. */
async function flags(): Promise<string[]> {
  const helps = await Promise.all(
    ['check', 'status', 'resign'].map((command) => runHere([command, '--help'])),
  );
  const found = helps.flatMap(({ stdout }) => [...stdout.matchAll(/ --([a-z-]+)/g)]);
  const names = found.map(([, name = '']) =>
    name.replace(/-(.)/g, (_, letter: string) => letter.toUpperCase()),
  );
  return [...new Set(names)];
}

/** Whether the library has an option of this name, for an instance or for an election. */
function isOption(name: string): boolean {
  const isKnown = (options: object, election: object) => {
    try {
      const elections = [{ name: 'x', ...election }];
      resolveOptions(
        { connection: 'postgresql://localhost/app', ...options },
        { elections, others: [] },
      );
      return true;
    } catch {
      return false;
    }
  };
  return isKnown({ [name]: undefined }, {}) || isKnown({}, { [name]: undefined });
}

/** What the preflight throws for a server that answers like this. */
async function refusal(answer: object): Promise<unknown> {
  const row = {
    ...{ pid: 1, taken: false, in_recovery: false, server_version_num: 180_000 },
    ...{ isolation: 'read committed', ...answer },
  };
  const client = { processID: 1, query: async () => ({ rows: [row] }) };
  return preflight(client, undefined).catch((error: unknown) => error);
}

const refusedWith = (code: string) =>
  describeConnectionError(Object.assign(new Error('refused'), { code }), undefined);

describe('the message for an error of the library', () => {
  it('has a flag for every option that the command line has as well', async () => {
    expect(isOption('notAnOption')).toBe(false);
    const shared = (await flags()).filter(isOption);
    expect(Object.keys(FLAGS).sort()).toEqual(['connection', ...shared].sort());
  });

  it.each(Object.entries(FLAGS))('names the flag for `%s`: %s', (option, flag) => {
    for (const [text, expected] of [
      [`check \`${option}\``, `check ${flag}`],
      [`check the option \`${option}\`, or`, `check ${flag}, or`],
      [`Option \`${option}\` must be`, `${flag} must be`],
      [`use \`${option}: 'session'\`.`, `use ${flag} session.`],
      [`or set the option ${option}: 'session'`, `or use ${flag} session`],
      // The word.
      [`the ${option}: lost`, `the ${option}: lost`],
    ] as const)
      expect(messageFor(new Error(text))).toBe(expected);
  });

  it.each<[string, () => unknown, RegExp]>([
    ['a pooler', () => refusal({ pid: 2 }), /, use --pooler session$/],
    ['a standby', () => refusal({ in_recovery: true }), /a host name that always points to it$/],
    ['a missing password', () => passwordMissing(undefined), /: set it in the URL$/],
    ['a wrong password', () => refusedWith('28P01'), /the password in the URL\)$/],
    ['a refused user', () => refusedWith('28000'), /the user in the URL and/],
    ['a missing database', () => refusedWith('3D000'), /the database name in the URL, or create/],
    ['an invalid URL', () => refusedWith('ERR_INVALID_URL'), /\(the URL must look like /],
    [
      'a timeout',
      () => new DatabaseConnectionError('It timed out after 6 ms (renewDeadline)', 'X', false),
      /^It timed out after 6 ms$/,
    ],
  ])('says what to do on the command line about %s', async (_what, make, advice) => {
    const error = await make();
    expect(error).toBeInstanceOf(Error);
    const message = messageFor(error);
    expect(message).toMatch(advice);
    expect(message).not.toMatch(/`|: '|option|function/);
  });

  it('is one line that can not move the cursor', () => {
    expect(messageFor(new Error('first\r\n  second\u001b[2J\n'))).toBe('first second\ufffd[2J');
  });

  it('is left as it is where it comes from the command line', () => {
    const text = 'No instance leads "`pooler` or a function"';
    expect(messageFor(new CommandError(text))).toBe(text);
  });
});
