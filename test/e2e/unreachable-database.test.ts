import { afterAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { LeaderElectionModuleOptions } from 'nestjs-leader-election';
import { EmbeddedServer } from '../../tooling/embedded-postgres/embedded-server.mjs';
import { appsOn } from '../support/app.js';
import { log } from '../support/collected-log.js';
import { testDatabase } from '../support/database.js';
import { eventually } from '../support/timeline.js';

const database = await testDatabase();
const startApp = appsOn(database);

const server = await new EmbeddedServer().start();
afterAll(() => server.stop());

describe('an unreachable database', () => {
  beforeEach(async () => {
    if (!server.isRunning) await server.start();
  });

  it('does not fail the boot: a standby that says why once, and joins when the database comes', async () => {
    await server.halt();
    let attempts = 0;
    const connection = () => {
      attempts += 1;
      return server.url;
    };
    const { election, events, leads } = await startApp('app', { options: { connection } });
    await eventually(() => attempts >= 4);

    expect(log.errors).toHaveLength(1);
    expect(log.errors[0]?.message).toMatch(
      /^Can't connect to the database; retrying: .*ECONNREFUSED/,
    );
    expect(events.map(({ type }) => type)).toEqual(['connection-lost']);
    expect(election.status()).toMatchObject({
      role: 'standby',
      isLeader: false,
      connected: false,
      lastHeartbeat: undefined,
      lastError: { error: { code: 'ECONNREFUSED' }, permanent: false, at: expect.any(Date) },
    });

    await server.start();
    await leads();

    expect(election.status()).toMatchObject({ role: 'leader', connected: true });
    expect(log.text).toMatch('Connected to the database');
    expect(log.errors).toHaveLength(1);
  });

  it('is said once, also where the causes follow one another until it is there', async () => {
    let attempts = 0;
    const connection = () => {
      attempts += 1;
      if (attempts < 4) throw new Error(`cause ${attempts}`);
      return server.url;
    };
    const { election, events, leads } = await startApp('app', { options: { connection } });
    await leads();

    expect(log.errors).toHaveLength(1);
    expect(log.errors[0]?.message).toMatch('cause 1');
    expect(events.filter(({ type }) => type === 'connection-lost')).toHaveLength(1);
    expect(election.status().lastError).toMatchObject({ error: { message: 'cause 3' } });
  });

  it('that goes while this instance leads ends the leadership, and it leads again afterwards', async () => {
    const { election, leads, hears, events } = await startApp('app', {
      options: { connection: server.url },
    });
    const { signal, term } = await leads();

    await server.halt('immediate');
    await hears('demoted');
    expect(signal.reason).toMatchObject({ reason: 'conn_lost' });
    expect(election.isLeader).toBe(false);

    await server.start();
    expect((await leads()).term).toBeGreaterThan(term);
    expect(events.filter(({ type }) => type === 'elected')).toHaveLength(2);
  });
});

describe('a connection that is refused', () => {
  const secret = 'wr0ng+s3cret';
  const withPassword = (password: string, name = database.name) => {
    const url = new URL(database.url);
    return Object.assign(url, { password: encodeURIComponent(password), pathname: name }).href;
  };
  const { hostname, port, username } = new URL(database.url);
  const config = { host: hostname, port: Number(port), user: username, database: database.name };
  const ownPassword = new URL(database.url).password;

  it.each<{ why: string; connection: LeaderElectionModuleOptions['connection']; says: RegExp }>([
    {
      why: 'for its password, in a URL',
      connection: withPassword(secret),
      says: /password authentication failed .*check the user and the password in `connection`/,
    },
    {
      why: 'for its password, in a configuration',
      connection: { ...config, password: secret },
      says: /password authentication failed .*check the user and the password in `connection`/,
    },
    {
      why: 'for its database',
      connection: withPassword(ownPassword, 'nowhere'),
      says: /database "nowhere" does not exist .*check the database name in `connection`/,
    },
    {
      why: 'for a URL that is none',
      connection: `postgresql://user:${secret}@:port/database`,
      says: /`connection` must look like postgresql:/,
    },
  ])(
    '$why is said once, with what to do and without the password',
    async ({ connection, says }) => {
      const { election, hears } = await startApp(
        'app',
        connection ? { options: { connection } } : {},
      );
      await hears('connection-lost');

      expect(log.errors.map(({ message }) => message)).toEqual([
        expect.stringMatching(/^Can't take part in elections: .* This must be fixed by hand/),
      ]);
      expect(log.errors[0]?.message).toMatch(says);
      expect(election.status()).toMatchObject({
        role: 'standby',
        connected: false,
        lastError: { permanent: true },
      });
      const everythingSaid = `${log.text} ${String(election.status().lastError?.error.stack)}`;
      for (const password of [secret, encodeURIComponent(secret), ownPassword])
        expect(everythingSaid).not.toContain(password);
    },
  );

  it('by a function that throws is said, and does not crash', async () => {
    const connection = () => {
      throw new Error('the vault is sealed');
    };
    const { election, hears } = await startApp('app', { options: { connection } });
    await hears('connection-lost');

    expect(election.status().lastError?.error.message).toBe('the vault is sealed');
    expect(log.errors).toHaveLength(1);
  });
});
