import { describe, expect, it } from '@jest/globals';
import { silentLogger } from '../../lib/core/common/logger.js';
import { ResignRequests } from '../../lib/core/fleet/resign-requests.js';
import { Session } from '../../lib/core/session/session.js';
import { defaultTimings } from '../../lib/core/model/timings.js';
import { ManualClock, settle } from '../support/manual-clock.js';
import { ScriptedConnection } from '../support/scripted-connection.js';

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
