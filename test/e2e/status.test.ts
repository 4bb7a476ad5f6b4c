import { describe, expect, it } from '@jest/globals';
import { appsOn } from '../support/app.js';
import { log } from '../support/collected-log.js';
import { testDatabase } from '../support/database.js';

const startApp = appsOn(await testDatabase());

describe('status()', () => {
  it('shows a leader its role, its term and itself', async () => {
    const { election, leads } = await startApp('first', { options: { address: '10.0.0.1:3000' } });
    const { term, since } = await leads();

    expect(election.status()).toEqual({
      election: 'default',
      instanceId: 'first',
      role: 'leader',
      isLeader: true,
      term,
      leader: { instanceId: 'first', address: '10.0.0.1:3000', term, since },
      connected: true,
      lastHeartbeat: expect.any(Date),
      lastError: undefined,
    });
  });

  it('shows the next in line as the heir, without a term but with the leader', async () => {
    const first = await startApp('first');
    const { term, since } = await first.leads();
    const second = await startApp('second');
    await second.waitsInLine();
    await second.knowsLeader('first');

    expect(second.election.status()).toMatchObject({
      role: 'heir',
      isLeader: false,
      term: undefined,
      leader: { instanceId: 'first', term, since },
      connected: true,
    });
  });

  it('is not all: the log tells who leads, on an instance that does not', async () => {
    const { term } = await (await startApp('first')).leads();
    const second = await startApp('second');
    await second.knowsLeader('first');

    expect(log.text).toMatch(`"default" is led by first in term ${term}`);
  });

  it('shows everybody else as a standby', async () => {
    await (await startApp('first')).leads();
    await (await startApp('second')).waitsInLine();
    const third = await startApp('third');
    await third.knowsLeader('first');

    expect(third.election.status()).toMatchObject({ role: 'standby', isLeader: false });
  });

  it('shows an instance that is no candidate as an observer, and it never leads', async () => {
    const observer = await startApp('observer', { options: { candidate: false } });
    await observer.hears('connection-restored');
    await (await startApp('first')).leads();
    await observer.knowsLeader('first');

    expect(observer.election.status()).toMatchObject({
      role: 'observer',
      isLeader: false,
      leader: { instanceId: 'first' },
    });
  });

  it('shows an application that has closed as stopped', async () => {
    const first = await startApp('first');
    await first.leads();
    const { election } = first;
    await first.close();

    expect(election.status()).toMatchObject({
      role: 'stopped',
      isLeader: false,
      term: undefined,
      leader: undefined,
      connected: false,
    });
  });
});
