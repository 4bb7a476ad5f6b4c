import { afterAll, afterEach, describe, expect, it } from '@jest/globals';
import { candidate, leaderOf } from '../../support/candidate.js';
import { testDatabase, type TestDatabase } from '../../support/database.js';
import { fastTimings } from '../../support/fast-timings.js';
import { backendOf } from '../../support/sessions.js';
import { EmbeddedServer } from '../../../tooling/embedded-postgres/embedded-server.mjs';

/** A server that this file may stop, freeze and crash. */
const server = await new EmbeddedServer().start();
afterAll(() => server.stop());
const database: TestDatabase = await testDatabase(server.url);

let elections = 0;
const election = () => ({ connection: database.url, name: `election ${(elections += 1)}` });

const { leaseDuration, renewDeadline } = fastTimings;

/** Whether somebody asked the server to end this process. */
async function wasTerminated(backend: number): Promise<boolean> {
  const log = await server.log();
  return log
    .split('\n')
    .some((line) => line.includes(`[${backend}]`) && line.includes('administrator command'));
}

const frozen = new Set<number>();
/** A process that is frozen outlives its server: none may stay so, however a test ends. */
afterEach(() => {
  for (const backend of frozen) {
    try {
      process.kill(backend, 'SIGCONT');
    } catch {
      // It has ended.
    }
  }
  frozen.clear();
});

function freeze(backend: number): void {
  frozen.add(backend);
  process.kill(backend, 'SIGSTOP');
}

describe.each(['fast', 'immediate'] as const)('when PostgreSQL restarts (%s)', (mode) => {
  it('the leader is demoted and one leader is elected again, with a greater term', async () => {
    const options = election();
    const all = ['a', 'b', 'c'].map((name) => candidate(name, options));
    const before = await leaderOf(all);
    const term = before.elector.leadership?.term ?? 0n;
    await server.restart(mode);
    await before.demoted('conn_lost');
    const after = await leaderOf(all);
    expect(after.elector.leadership?.term).toBeGreaterThan(term);
    expect(all.filter(({ elector }) => elector.isLeader)).toHaveLength(1);
  });
});

describe('a leader whose server falls silent', () => {
  it('demotes itself before the server could free the lock', async () => {
    const one = await candidate('one', election()).elected();
    const backend = await backendOf(database, one.name);
    freeze(backend);
    const since = performance.now();
    let lastLed = since;
    const look = setInterval(() => {
      if (one.elector.isLeader) lastLed = performance.now();
    });
    try {
      await one.demoted('lease_expired');
      // A busy machine may keep us from looking, but not make us trust for longer.
      expect(lastLed - since).toBeLessThanOrEqual(renewDeadline);
      expect(one.elector.isLeader).toBe(false);
    } finally {
      clearInterval(look);
      process.kill(backend, 'SIGCONT');
    }
  });

  it('ends its own dead session, once its duties have stopped', async () => {
    const one = await candidate('one', election()).elected();
    const backend = await backendOf(database, one.name);
    freeze(backend);
    await one.demoted('lease_expired');
    await one.until(() => one.elector.role === 'heir');
    process.kill(backend, 'SIGCONT'); // Now the server's process finds the request to end.
    await one.elected(2);
    expect(await wasTerminated(backend)).toBe(true);
  });

  it('leaves its dead session to the server when a duty was abandoned, which may still be running', async () => {
    const one = await candidate('one', {
      ...election(),
      stopTimeout: 50,
      onDemoted: () => new Promise(() => undefined),
    }).elected();
    const backend = await backendOf(database, one.name);
    freeze(backend);
    await one.demoted('lease_expired');
    await one.until(() => one.elector.role === 'heir');
    process.kill(backend, 'SIGCONT');
    await one.elected(2);
    expect(await wasTerminated(backend)).toBe(false);
    expect(one.logged.join('\n')).toMatch(/abandoned after 50 ms .*onDemoted/);
  });
});

describe('a leader whose event loop is blocked', () => {
  const block = (milliseconds: number) => {
    const end = performance.now() + milliseconds;
    while (performance.now() < end);
  };

  it('reads false at the first instruction after the deadline, and true again after one heartbeat', async () => {
    // Far from running out, however busy the machine is.
    const one = await candidate('one', { ...election(), leaseDuration: 20_000 }).elected();
    block(renewDeadline + 100);
    expect(one.elector.isLeader).toBe(false);
    await one.until(() => one.elector.isLeader);
    expect(one.journal).toEqual(['one elected']);
  });

  it('is demoted when the lease ran out meanwhile', async () => {
    const one = await candidate('one', election()).elected();
    block(leaseDuration + 500);
    expect(one.elector.isLeader).toBe(false);
    await one.until(() => one.count('stopped') === 1);
    await one.elected(2);
  });
});

describe('a server that waits for a synchronous standby that is not there', () => {
  it('has a leader all the same', async () => {
    await database.query(`ALTER SYSTEM SET synchronous_standby_names = 'nobody'`);
    await database.query('SELECT pg_reload_conf()');
    try {
      await candidate('one', election()).elected();
    } finally {
      await database.query('ALTER SYSTEM RESET synchronous_standby_names');
      await database.query('SELECT pg_reload_conf()');
    }
  });
});

describe('a candidate that starts before the database', () => {
  it('stands by, says why once, and joins when the database comes', async () => {
    const options = election();
    await server.halt();
    const early = candidate('early', { ...options, retryInterval: 50 });
    await early.until(() => early.logged.length > 0);
    expect(early.elector.role).toBe('standby');
    await server.start();
    await early.elected();
    expect(early.logged.filter((line) => line.includes('ECONNREFUSED'))).toHaveLength(1);
  });
});

describe('a connection that the server refuses', () => {
  const password = 'not-the-password';

  it.each([
    ['a wrong password', () => withParts({ password }), /password authentication failed/],
    ['a missing database', () => withParts({ pathname: 'nowhere' }), /"nowhere" does not exist/],
  ])('is reported without the password: %s', async (_what, url, message) => {
    const refused = candidate('refused', { connection: url() });
    await refused.until(() => refused.logged.length > 0);
    expect(refused.logged.join('\n')).toMatch(message);
    expect(refused.logged.join('\n')).toContain('must be fixed by hand');
    expect(refused.logged.join('\n')).not.toContain(password);
    expect(refused.logged.join('\n')).not.toContain(new URL(database.url).password);
    expect(refused.elector.role).toBe('standby');
  });

  function withParts(parts: { password?: string; pathname?: string }): string {
    return Object.assign(new URL(database.url), parts).href;
  }
});
