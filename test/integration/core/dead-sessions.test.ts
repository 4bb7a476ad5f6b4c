import { afterAll, afterEach, describe, expect, it } from '@jest/globals';
import { sessionToken } from '../../../lib/core/postgres/lock-key.js';
import { ProxyLink } from '../../../tooling/proxies/proxy-link.mjs';
import { candidate } from '../../support/candidate.js';
import { testDatabase } from '../../support/database.js';
import { openConnection } from '../../support/postgres/open-connection.js';
import { backendOf, backendsOf, lockHolders } from '../../support/sessions.js';
import { eventually, latch } from '../../support/timeline.js';

const database = await testDatabase();

const link = await new ProxyLink(() => Number(new URL(database.url).port)).start();
afterAll(() => link.stop());

/** So long that within a test the server ends no session by itself. */
const leaseDuration = 120_000;

describe('an instance whose session died at its own end only', () => {
  const letGo: (() => void)[] = [];
  afterEach(() => {
    for (const release of letGo.splice(0)) release();
  });

  it('ends it at the server when its duties have ended, so that the next leads soon', async () => {
    const duties = latch();
    // Longer than any pause before it connects again: until then it lets others go first.
    const options = { name: 'half dead', leaseDuration, renewDeadline: 3_000 };
    const first = await candidate('first', {
      ...options,
      connection: link.through(database.url),
      onDemoted: () => duties.opened,
    }).elected();
    const second = candidate('second', { ...options, connection: database.url });
    await second.until(() => second.elector.role === 'heir');
    const dead = await backendOf(database, 'first');

    letGo.push(await link.resetOnly('instance'));
    await first.demoted('conn_lost');
    // It has a new session, but its duties may still be running: the lock must stay where it is.
    await eventually(async () => (await backendsOf(database, 'first')).length === 2);
    expect(await backendsOf(database, 'first')).toContain(dead);
    expect(await lockHolders(database)).toEqual(['first']);

    duties.open();
    await second.elected();
    await eventually(async () => !(await backendsOf(database, 'first')).includes(dead));
    expect(first.journal).toEqual(['first elected', 'first demoted conn_lost', 'first stopped']);
    expect(second.journal).toEqual(['second elected']);
  });

  it('leaves the sessions alone that it has itself by now, however often it happens', async () => {
    const one = candidate('one', {
      name: 'half dead again',
      leaseDuration,
      connection: link.through(database.url),
    });
    for (let round = 1; round <= 5; round += 1) {
      await one.elected(round);
      letGo.push(await link.resetOnly('instance'));
      await one.until(() => one.count('stopped') === round);
    }
    await one.elected(6);
    expect(one.count('demoted conn_lost')).toBe(5);
  });
});

describe('the statement that ends a dead session', () => {
  const connect = (instanceId: string) => openConnection(database.url, { instanceId });

  it('ends nothing for a token that nobody holds, whose process serves another session by now', async () => {
    const [living, asking] = [await connect('living'), await connect('asking')];
    await asking.terminate({ pid: living.identity.pid, token: sessionToken('another') });
    await living.heartbeat();
    expect(await backendsOf(database, 'living')).toEqual([living.identity.pid]);
  });

  it('ends nothing for a token that another process holds', async () => {
    const [living, asking] = [await connect('living'), await connect('asking')];
    const { pid } = living.identity;
    await asking.terminate({ pid, token: asking.identity.token });
    await asking.terminate({ pid: asking.identity.pid, token: living.identity.token });
    await living.heartbeat();
    await asking.heartbeat();
  });

  it('ends the session that holds the token', async () => {
    const [dead, asking] = [await connect('dead'), await connect('asking')];
    const closed = new Promise<Error>((resolve) => {
      dead.onClose(resolve);
    });
    await asking.terminate(dead.identity);
    expect((await closed).message).toContain('administrator command');
  });
});
