import { AsyncLocalStorage } from 'node:async_hooks';
import { expect, it } from '@jest/globals';
import type { Leadership } from '../../../lib/core/index.js';
import { candidate } from '../../support/candidate.js';
import { testDatabase } from '../../support/database.js';
import { endSession } from '../../support/sessions.js';

const database = await testDatabase();

/** As frameworks and tracers keep the request that code runs for. */
const request = new AsyncLocalStorage<string>();

it('what an election does by itself belongs to no request, whoever began it or used it', async () => {
  const seen = new Map<string, (string | undefined)[]>();
  const note = (what: string) => {
    seen.set(what, [...(seen.get(what) ?? []), request.getStore()]);
  };
  const url = new URL(database.url);
  const nothing = () => undefined;
  let leadership: Leadership | undefined;
  const one = request.run('start', () =>
    candidate('one', {
      connection: () => {
        note('connection');
        return {
          host: url.hostname,
          port: Number(url.port),
          user: url.username,
          database: url.pathname.slice(1),
          password: () => {
            note('password');
            return url.password;
          },
        };
      },
      metrics: {
        leaderStatusChanged: nothing,
        leaderAcquired: nothing,
        leaderLost: nothing,
        heartbeat: () => {
          note('heartbeat');
        },
      },
      onElected: (elected) => {
        note('onElected');
        leadership = elected;
      },
      onDemoted: () => {
        note('onDemoted');
      },
    }),
  );
  await one.elected();

  const own = await request.run('request', () =>
    leadership?.transaction(async ({ query }) => {
      await query('SELECT 1');
      return request.getStore();
    }),
  );
  expect(own).toBe('request'); // That is the request's.
  const { length: before = 0 } = seen.get('heartbeat') ?? [];
  await one.until(() => (seen.get('heartbeat')?.length ?? 0) > before + 1);
  await endSession(database, 'one');
  await one.elected(2);

  expect([...seen.keys()].sort()).toEqual([
    'connection',
    'heartbeat',
    'onDemoted',
    'onElected',
    'password',
  ]);
  expect(new Set([...seen.values()].flat())).toEqual(new Set([undefined]));
});
