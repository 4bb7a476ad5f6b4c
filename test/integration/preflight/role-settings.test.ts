import { describe, expect, it } from '@jest/globals';
import pg from 'pg';
import { testDatabase } from '../../support/database.js';
import { openConnection } from '../../support/postgres/open-connection.js';
import { serverThatRewrites } from '../../support/postgres/rewriting-proxy.js';
import { everyStatement, takeLocks } from '../../support/postgres/every-statement.js';

const database = await testDatabase();

/** Each tries settings on a role of its own. */
const workers = await Promise.all(Array.from({ length: 2 }, () => database.anotherRole()));

const taken = await takeLocks(database.url);

interface Setting {
  readonly name: string;
  readonly vartype: 'bool' | 'enum' | 'integer' | 'real' | 'string';
  readonly setting: string;
  readonly min_val: string | null;
  readonly max_val: string | null;
  readonly enumvals: string[] | null;
}

/** With a wrong value of these, the server lets nobody in, or only after seconds; and `role` has a test of its own. */
const NOT_TRIED = [
  'local_preload_libraries',
  'session_preload_libraries',
  'post_auth_delay',
  'role',
];

/** For strings that must be something, and for timeouts of which one millisecond is over before anything is sent. */
const VALUES: Readonly<Record<string, readonly string[]>> = {
  client_encoding: ['SQL_ASCII', 'LATIN1', 'WIN1252', 'EUC_JP', 'SJIS', 'GB18030', 'KOI8R'],
  DateStyle: ['German, DMY', 'SQL, MDY', 'Postgres, YMD'],
  TimeZone: ['Asia/Kolkata', 'America/St_Johns', 'Pacific/Kiritimati'],
  idle_session_timeout: ['0', '1000', '2147483647'],
  statement_timeout: ['0', '100', '2147483647'],
  transaction_timeout: ['0', '100', '2147483647'],
};
const ANY_STRING = ['', 'nobody, knows', "' \\ %s ; --"];

function valuesOf({ name, vartype, setting, min_val, max_val, enumvals }: Setting) {
  if (VALUES[name]) return VALUES[name];
  if (vartype === 'bool') return [setting === 'on' ? 'off' : 'on'];
  if (vartype === 'enum') return enumvals ?? [];
  if (vartype === 'string') return ANY_STRING;
  const odd = vartype === 'integer' ? '1' : '0.5';
  return [...new Set([min_val ?? odd, odd, max_val ?? odd])];
}

/** What came of every statement; of the moments that the server told, whether they can be right. */
async function outcome(url: string) {
  const before = await uptime();
  const { uptime: told, ...rest } = await everyStatement({ connection: url, taken });
  return { ...rest, uptime: before <= told && told <= (await uptime()) ? 'right' : told };
}

async function uptime(): Promise<number> {
  const [server] = await database.query<{ uptime: string }>(
    `SELECT floor(1000 * extract(epoch FROM clock_timestamp() - pg_postmaster_start_time()))::int8 AS uptime`,
  );
  return Number(server?.uptime);
}

const [{ url = '' } = {}] = workers;
const usual = await outcome(url);

describe('a role that gives its statements little time', () => {
  it.each(['statement_timeout', 'transaction_timeout', 'lock_timeout'])(
    'takes part in elections on a server that needs longer for the set-up: %s',
    async (setting) => {
      const { role, url: ofRole } = await database.anotherRole();
      const [known] = await database.query(`SELECT FROM pg_settings WHERE name = $1`, [setting]);
      if (known) await database.query(`ALTER ROLE ${role} SET ${setting} = 100`);
      const slow = await serverThatRewrites(ofRole, (sql) =>
        // Before the session's own settings hold.
        sql.replace(
          /SELECT pg_catalog\.set_config\(s\.name, s\.value, false\)/,
          'SELECT pg_catalog.pg_sleep(0.3); $&',
        ),
      );
      await expect(openConnection(slow)).resolves.toBeDefined();
    },
  );
});

describe('a role without settings', () => {
  it('takes part in elections', () => {
    expect(usual).toMatchInlineSnapshot(`
      {
        "age": "possible",
        "announced": true,
        "answers": [
          [
            "BEGIN",
            [],
          ],
          [
            "SELECT",
            [
              {
                "text": "pod-ä-会-🦊",
              },
            ],
          ],
          [
            "RESTORE",
            [],
          ],
          [
            "COMMIT",
            [],
          ],
          [
            "BEGIN",
            [],
          ],
        ],
        "granted": [
          "lock",
          "heir",
          undefined,
          undefined,
          "lock",
        ],
        "heard": [
          "{"type":"acquired","key":"lock","instanceId":"pod-ä-会-🦊"}",
          "{"type":"elected","key":"lock","leader":{"instanceId":"pod-ä-会-🦊","term":"18446744073709551615","since":"1970-01-01T00:00:00.000Z","address":"x"}}",
          "{"type":"who-leads"}",
          "{"type":"resigned","key":"lock","instanceId":"pod-ä-会-🦊","servedUntil":1}",
        ],
        "holders": [
          "ours",
          "taken",
          undefined,
        ],
        "left": 0,
        "others": 0,
        "replayed": false,
        "sender": {
          "ours": true,
          "trusted": true,
        },
        "silence": "possible",
        "termsGrow": true,
        "uptime": "right",
      }
    `);
  });
});

describe('a role with any setting that there is', () => {
  it('takes part in elections', async () => {
    const settings = await database.query<Setting>(
      `SELECT name, vartype, setting, min_val, max_val, enumvals FROM pg_settings
        WHERE context IN ('user', 'superuser', 'backend', 'superuser-backend') AND name <> ALL ($1)`,
      [NOT_TRIED],
    );
    const toTry = settings.flatMap((setting) =>
      valuesOf(setting).map((value) => ({ name: setting.name, value })),
    );
    const tried = new Set<string>();
    const different: Record<string, unknown> = {};
    await Promise.all(
      workers.map(async ({ role, url }) => {
        for (let next = toTry.pop(); next; next = toTry.pop()) {
          const { name, value } = next;
          await database.query(`ALTER ROLE ${role} RESET ALL`);
          const set = `SET ${pg.escapeIdentifier(name)} = ${pg.escapeLiteral(value)}`;
          try {
            await database.query(`ALTER ROLE ${role} ${set}`);
          } catch {
            continue; // The server does not take this value.
          }
          tried.add(name);
          try {
            expect(await outcome(url)).toEqual(
              // Then the server does not know when the session sent something last, as for a role that may not see it.
              name === 'track_activities' ? { ...usual, silence: 'not told' } : usual,
            );
          } catch (error) {
            different[set] = String(error);
          }
        }
      }),
    );
    expect(different).toEqual({});
    expect(tried.size).toBeGreaterThan(150);
  }, 120_000);
});
