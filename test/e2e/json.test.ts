import { describe, expect, it } from '@jest/globals';
import { filter, firstValueFrom } from 'rxjs';
import { appsOn } from '../support/app.js';
import { testDatabase } from '../support/database.js';

const startApp = appsOn(await testDatabase());

/** What a client gets of it. */
const received = (value: unknown) => JSON.parse(JSON.stringify(value)) as unknown;

describe('what is sent as JSON', () => {
  it('has the term as a text, in the status and of the leader', async () => {
    const { election, leads } = await startApp('first', { options: { address: 'here:3000' } });
    const { term, since } = await leads();
    const leader = {
      instanceId: 'first',
      address: 'here:3000',
      term: String(term),
      since: since.toISOString(),
    };

    expect(received(election.leader)).toEqual(leader);
    expect(received(election.status())).toMatchObject({
      isLeader: true,
      term: String(term),
      leader,
    });
    expect(received(await election.whenLeader())).toEqual({
      election: 'default',
      term: String(term),
      since: since.toISOString(),
    });
  });

  it('has the term as a text in what happens', async () => {
    const { election, leads } = await startApp('first');
    const { term } = await leads();
    const demoted = firstValueFrom(election.events$.pipe(filter(({ type }) => type === 'demoted')));

    await election.resign();

    expect(received(await demoted)).toMatchObject({
      type: 'demoted',
      reason: 'resigned',
      leadership: { term: String(term) },
    });
  });

  it('has the message of an error', async () => {
    const app = await startApp('first', { options: { connection: 'postgresql://127.0.0.1:1/x' } });
    await app.hears('connection-lost');

    expect(received(app.events.find(({ type }) => type === 'connection-lost'))).toMatchObject({
      error: { message: expect.stringContaining('ECONNREFUSED') },
    });
    expect(received(app.election.status())).toMatchObject({
      connected: false,
      lastError: { error: { message: expect.stringContaining('ECONNREFUSED') }, permanent: false },
    });
  });
});
