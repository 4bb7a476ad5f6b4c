import { describe, expect, it } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { VERSION } from '../../../lib/core/version.js';
import { runHere } from '../../support/command-here.js';
import { testDatabase } from '../../support/database.js';
import { commandLine } from '../../support/processes/command-line.js';

const database = await testDatabase();
const start = await commandLine();

const password = 'tr0ub4dor';
const commands = [['check'], ['status'], ['resign', 'default']];

/** One clear line, without a secret. */
function expectOneLine(stderr: string, secrets: readonly string[] = []) {
  expect(stderr).toMatch(/^nestjs-leader-election: [^\n]+\n$/);
  for (const secret of [password, ...secrets]) expect(stderr).not.toContain(secret);
}

describe('the command line', () => {
  it('tells its version', async () => {
    const { code, stdout } = await start(['--version']).ended();
    expect([code, stdout]).toEqual([0, `${VERSION}\n`]);
  });

  it('tells its commands, and their options, but not where the database is', async () => {
    const environment = { DATABASE_URL: database.url };
    const [all, one] = await Promise.all([
      start(['--help'], environment).ended(),
      start(['status', '--help'], environment).ended(),
    ]);
    expect([all.code, one.code]).toEqual([0, 0]);
    for (const command of ['check', 'status', 'resign']) expect(all.stdout).toContain(command);
    for (const option of ['--url <url>', 'DATABASE_URL', '--pooler', '--watch', '--json'])
      expect(one.stdout).toContain(option);
    expect(one.stdout).not.toContain(database.url);
  });

  it.each([
    ['an unknown command', ['elect'], 'unknown command'],
    ['a URL in place of a command', [database.url], 'unknown command'],
    ['an unknown option', ['status', '--jason'], 'unknown option'],
    ['a mistyped --url', ['status', `--urll=${database.url}`], 'unknown option'],
    ['a URL where none belongs', ['status', database.url], 'too many arguments'],
    ['no election', ['resign'], "missing required argument 'election'"],
    ['an election without a name', ['resign', ' '], 'a string of 1 to 200 characters'],
    ['a timeout that is none', ['resign', 'x', '--timeout', '5s'], 'number of milliseconds from 1'],
    ['an interval of nothing', ['status', '--interval', '0'], 'number of milliseconds from 100'],
    ['a key of 65 bits', ['check', '--lock-key', `${2n ** 63n}`], 'a signed 64-bit integer'],
    ['a key that is a name', ['check', '--lock-key', 'default'], 'a signed 64-bit integer'],
    ['an unknown pooler', ['check', '--pooler', 'transaction'], 'Allowed choices are session'],
  ])('refuses %s', async (_what, args, complaint) => {
    const { code, stderr } = await runHere(args);
    expect(code).toBe(1);
    expect(stderr).toContain(complaint);
    expect(stderr).toMatch(/ See --help\.\n$/);
    expectOneLine(stderr, [database.url, new URL(database.url).password]);
  });

  it.each(commands)('%s asks for a database', async (...args) => {
    const { code, stderr } = await runHere(args);
    expect(code).toBe(1);
    expect(stderr).toContain('--url');
    expect(stderr).toContain('DATABASE_URL');
    expectOneLine(stderr);
  });

  it.each([
    ['nothing like a URL', `app:${password}@localhost/app`],
    ['a URL of something else', `https://app:${password}@localhost/app`],
    ['a port that is none', `postgresql://app:${password}@localhost:port/app`],
    ['a scheme without slashes', `postgresql:app:${password}@localhost/app`],
    ['a password with a slash', `postgresql://app:1/${password}@localhost/app`],
    ['a password with a hash', `postgresql://app:1#${password}@localhost/app`],
    ['a password with a question mark', `postgresql://app:1?${password}@localhost/app`],
    ['nothing but the scheme', 'postgresql://'],
  ])('says what a URL must look like when it is %s, without a word of it', async (_what, url) => {
    for (const args of commands) {
      const { code, stderr } = await runHere([...args, '--url', url]);
      expect(code).toBe(1);
      expect(stderr).toContain('must look like postgresql://user:password@host:5432/database');
      expectOneLine(stderr);
    }
  });

  it.each(commands)('%s tells of a server that can not be reached', async (...args) => {
    for (const host of ['127.0.0.1:1', 'no-such-host.invalid']) {
      const url = `postgresql://app:${password}@${host}/app`;
      const { code, stdout, stderr } = await runHere(args, { DATABASE_URL: url });
      expect(code).toBe(1);
      expect(stdout + stderr).toMatch(/ECONNREFUSED|ENOTFOUND|EAI_AGAIN/);
      expectOneLine(stderr, [url]);
      expect(stdout).not.toContain(password);
      expect(stdout).not.toContain(url);
    }
  });

  it.each(commands)('%s tells of a wrong password, and not which', async (...args) => {
    const url = Object.assign(new URL(database.url), { password }).href;
    const { code, stdout, stderr } = await runHere(args, { DATABASE_URL: url });
    expect(code).toBe(1);
    expect(stdout + stderr).toContain('password authentication failed');
    expect(stdout + stderr).toContain('check the user and the password in the URL');
    expectOneLine(stderr, [url]);
    expect(stdout).not.toContain(password);
    expect(stdout).not.toContain(url);
  });

  it('takes --url before DATABASE_URL', async () => {
    const { code } = await start(['status', '--url', database.url], {
      DATABASE_URL: 'postgresql://127.0.0.1:1/nowhere',
    }).ended();
    expect(code).toBe(0);
  });

  const itOnLinux = process.platform === 'linux' ? it : it.skip;
  itOnLinux('does not show the URL in the list of processes', async () => {
    const command = start(['status', '--watch', '--url', database.url]);
    await command.prints('No election');
    const shown = readFileSync(`/proc/${command.pid}/cmdline`, 'utf8');
    expect(shown).toContain('nestjs-leader-election');
    expect(shown).not.toContain(new URL(database.url).password);
  });
});
