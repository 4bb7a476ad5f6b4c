import { describe, expect, it } from '@jest/globals';
import { silentLogger } from '../../lib/core/common/logger.js';
import { ResignRequests } from '../../lib/core/fleet/resign-requests.js';
import { Session } from '../../lib/core/session/session.js';
import { defaultTimings } from '../../lib/core/model/timings.js';
import { ManualClock, settle } from '../support/manual-clock.js';
import { ScriptedConnection } from '../support/scripted-connection.js';

/** What is accepted on a connection on which the server tells whom it may trust. */
function asked(isTrusted: (pid: number) => boolean) {
  const clock = new ManualClock();
  const connection = new ScriptedConnection(clock);
  const looked: number[] = [];
  connection.senders = (pids) => {
    looked.push(...pids);
    return Promise.resolve(pids.map((pid) => ({ pid, age: 1, trusted: isTrusted(pid) })));
  };
  const session = new Session(connection, clock, defaultTimings);
  const accepted: string[] = [];
  const requests = new ResignRequests(session, {
    random: () => 0.5,
    logger: silentLogger,
    accept: ({ instanceId }) => accepted.push(instanceId),
  });
  return { accepted, clock, looked, requests };
}

describe('a request to resign', () => {
  it('is followed from those only that could end the session anyway', async () => {
    const { accepted, clock, requests } = asked((pid) => pid === 2);
    for (const pid of [1, 2, 3])
      requests.onRequest({ type: 'resign-request', key: 1n, instanceId: `of ${pid}` }, pid);
    await clock.run(1_000);
    expect(accepted).toEqual(['of 2']);
  });

  it('is one of a limited number that are kept until their senders are known', async () => {
    const { clock, looked, requests } = asked(() => false);
    for (let pid = 1; pid <= 1_000; pid += 1)
      requests.onRequest({ type: 'resign-request', key: 1n, instanceId: 'one' }, pid);
    await clock.run(1_000);
    expect(looked).toHaveLength(256);
  });
});

describe('requests to resign that come while the session is busy', () => {
  it('lead to one look at roles', async () => {
    const clock = new ManualClock();
    const connection = new ScriptedConnection(clock);
    const session = new Session(connection, clock, defaultTimings);
    const requests = new ResignRequests(session, {
      random: () => 0.5,
      logger: silentLogger,
      accept: () => undefined,
    });
    let end!: () => void;
    const transaction = session.exclusively(() => new Promise<void>((resolve) => (end = resolve)));
    await settle();
    for (let pid = 1; pid <= 40; pid += 1) {
      requests.onRequest({ type: 'resign-request', key: 1n, instanceId: `of ${pid}` }, pid);
      await clock.run(100);
    }
    end();
    await transaction;
    await clock.run(1_000);
    expect(connection.statements.filter((name) => name === 'senders').length).toBe(1);
  });
});
