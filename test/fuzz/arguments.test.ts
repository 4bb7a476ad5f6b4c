import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { readUrl } from '../../lib/cli/arguments.js';
import { CommandError } from '../../lib/cli/command-error.js';
import { describeConnectionError } from '../../lib/core/postgres/connection.error.js';
import { createClient, destroySocket } from '../../lib/core/postgres/client.js';
import { runHere } from '../support/command-here.js';

const SECRET = 'tr0ub4dor-3';

/** Nothing listens there, so that no command comes to anything. */
const NOWHERE = `postgresql://user:${SECRET}@127.0.0.1:1/database`;

const argument = fc.oneof(
  fc.constantFrom('check', 'status', 'resign', '--url', '--pooler', 'session', '--election'),
  fc.constantFrom('--lock-key', '--interval', '--json', '--force', '--timeout', '--instance', '--'),
  fc.constantFrom('', '-', '--help', '--version', '1', '-1', '100', NOWHERE, `--url=${NOWHERE}`),
  fc.string({ unit: 'binary', maxLength: 12 }),
);

describe('a command line of anything', () => {
  it('ends with a code, and with one line where it complains, without a secret', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(argument, { maxLength: 6 }), async (args) => {
        const { code, stderr, stdout } = await runHere(args);
        expect([0, 1]).toContain(code);
        if (code === 0) expect(stderr).toBe('');
        const usage = stderr.startsWith('Usage: ');
        if (code === 1 && !usage) expect(stderr).toMatch(/^nestjs-leader-election: [^\n]+\n$/);
        expect(stderr + stdout).not.toContain(SECRET);
      }),
      { numRuns: 1_500 },
    );
  });
});

const part = fc.string({ unit: 'binary', maxLength: 6 });
const url = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 40 }),
  fc
    .tuple(fc.constantFrom('postgres', 'postgresql', 'http', 'socket', ''), part, part, part)
    .map(([scheme, host, port, rest]) => `${scheme}://user:${SECRET}@${host}:${port}/${rest}`),
  fc.tuple(part, part).map(([before, after]) => `postgresql://u${before}:${SECRET}${after}@h/d`),
);

describe('a connection string of anything', () => {
  it('is taken, or refused without a word of it', () => {
    fc.assert(
      fc.property(url, (text) => {
        try {
          readUrl(text);
        } catch (error) {
          expect(error).toBeInstanceOf(CommandError);
          expect(String(error)).not.toContain(SECRET);
        }
      }),
      { numRuns: 20_000 },
    );
  });

  it('makes a client, or an error without its password', () => {
    fc.assert(
      fc.property(url, (text) => {
        const config = { connectionString: text };
        try {
          destroySocket(createClient(config));
        } catch (error) {
          const described = describeConnectionError(error, config);
          expect(`${described.message} ${JSON.stringify(described)}`).not.toContain(SECRET);
        }
      }),
      { numRuns: 5_000 },
    );
  });
});
