import { describe, expect, it } from '@jest/globals';
import { defaultTimings, type Timings } from '../../../lib/core/model/timings.js';
import { testDatabase } from '../../support/database.js';
import { openConnection } from '../../support/postgres/open-connection.js';

const database = await testDatabase();

/** By these the server decides when to end a session or a statement. */
const NAMES = [
  'default_transaction_isolation',
  'exit_on_error',
  'idle_in_transaction_session_timeout',
  'idle_session_timeout',
  'lock_timeout',
  'statement_timeout',
  'tcp_keepalives_count',
  'tcp_keepalives_idle',
  'tcp_keepalives_interval',
  'tcp_user_timeout',
  'transaction_timeout',
];

/** As the session itself sees them. */
async function settingsOf(url: string, timings: Timings) {
  const connection = await openConnection(url, { timings });
  await connection.begin();
  const answer = await connection.query(
    'SELECT name, setting FROM pg_settings WHERE name = ANY ($1)',
    [NAMES],
  );
  await connection.rollback();
  if ('error' in answer) throw answer.error;
  const rows = answer.rows as { name: string; setting: string }[];
  return new Map(rows.map(({ name, setting }) => [name, setting]));
}

const version = Number(
  (
    await database.query<{ version: string }>(
      `SELECT current_setting('server_version_num') AS version`,
    )
  )[0]?.version,
);

const expected = {
  default_transaction_isolation: 'read committed',
  exit_on_error: 'off',
  idle_in_transaction_session_timeout: '10000',
  idle_session_timeout: '10000',
  lock_timeout: '4000',
  statement_timeout: '4000',
  tcp_keepalives_count: '1',
  tcp_keepalives_idle: '6',
  tcp_keepalives_interval: '1',
  tcp_user_timeout: '8000',
  ...(version >= 170_000 && { transaction_timeout: '0' }),
};

describe('the session of an instance', () => {
  it('is ended by the server after leaseDuration, and its statements while the lease is confirmed', async () => {
    const settings = await settingsOf(database.url, defaultTimings);
    expect(Object.fromEntries(settings)).toEqual(expected);
  });

  it('has the same settings whatever its role has set', async () => {
    const { role, url } = await database.anotherRole();
    const hostile = {
      default_transaction_isolation: 'serializable',
      exit_on_error: 'on',
      idle_in_transaction_session_timeout: '1h',
      idle_session_timeout: '1h',
      lock_timeout: '1h',
      statement_timeout: '1h',
      tcp_keepalives_count: '9',
      tcp_keepalives_idle: '99',
      tcp_keepalives_interval: '9',
      tcp_user_timeout: '1000',
      ...(version >= 170_000 && { transaction_timeout: '1h' }),
    };
    for (const [name, value] of Object.entries(hostile))
      await database.query(`ALTER ROLE ${role} SET ${name} = '${value}'`);
    expect(Object.fromEntries(await settingsOf(url, defaultTimings))).toEqual(expected);
  });

  it.each([
    { heartbeatInterval: 500, renewDeadline: 2_000, leaseDuration: 3_000 },
    { heartbeatInterval: 100, renewDeadline: 600, leaseDuration: 1_000 },
    { heartbeatInterval: 5_000, renewDeadline: 20_000, leaseDuration: 60_000 },
    { heartbeatInterval: 1_000, renewDeadline: 9_800, leaseDuration: 10_000 },
  ])(
    'lives longer than its leader trusts itself, and no longer than the lease: $renewDeadline, $leaseDuration',
    async (given) => {
      const settings = await settingsOf(database.url, { ...defaultTimings, ...given });
      const { heartbeatInterval, leaseDuration, renewDeadline } = given;
      const of = (name: string) => Number(settings.get(name));
      expect(of('idle_session_timeout')).toBe(leaseDuration);
      expect(of('idle_in_transaction_session_timeout')).toBe(leaseDuration);
      // A connection that the kernel drops sooner frees the lock of a leader that still trusts itself: a second leader.
      expect(of('tcp_user_timeout')).toBeGreaterThan(renewDeadline);
      expect(of('tcp_user_timeout')).toBeLessThan(leaseDuration);
      const probed = 1_000 * (of('tcp_keepalives_idle') + of('tcp_keepalives_interval'));
      expect(probed).toBeGreaterThan(renewDeadline);
      // A statement that was sent just before the next heartbeat was due is answered before the deadline.
      expect(heartbeatInterval + of('statement_timeout')).toBeLessThan(renewDeadline);
      expect(heartbeatInterval + of('lock_timeout')).toBeLessThan(renewDeadline);
    },
  );
});
