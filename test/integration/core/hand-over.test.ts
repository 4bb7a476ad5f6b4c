import { expect, it } from '@jest/globals';
import { TAKEOVERS } from '../../../lib/core/model/takeover.js';
import { candidate } from '../../support/candidate.js';
import { testDatabase } from '../../support/database.js';
import { fastTimings } from '../../support/fast-timings.js';
import { backendsOf, endSession } from '../../support/sessions.js';

const database = await testDatabase();

/** For how long an instance would wait after the loss of its session, in milliseconds. */
const LONG_WAIT = 15_000;

it.each(TAKEOVERS)(
  'An instance that has just reconnected leads at once after a resignation that it witnessed: %s',
  async (takeover) => {
    const options = { connection: database.url, takeover, name: `hand-over, ${takeover}` };
    const leader = await candidate(`leader ${takeover}`, options).elected();
    const other = candidate(`other ${takeover}`, {
      ...options,
      renewDeadline: LONG_WAIT,
      leaseDuration: 1.2 * LONG_WAIT,
      heartbeatInterval: fastTimings.heartbeatInterval,
    });
    await other.until(() => other.elector.role === 'heir');
    const before = await backendsOf(database, other.name);
    const lostAt = performance.now();
    await endSession(database, other.name);
    await other.until(() => other.elector.role === 'standby');
    await other.until(() => other.elector.leader?.instanceId === leader.name);
    expect(await backendsOf(database, other.name)).not.toEqual(before);

    await leader.stop();

    await other.elected();
    expect(performance.now() - lostAt).toBeLessThan(LONG_WAIT);
  },
);
