import { describe, expect, it } from '@jest/globals';
import type { Connector } from '../../lib/core/port/connection.js';
import { Instance } from '../../lib/core/fleet/instance.js';
import { Election } from '../../lib/core/election/election.js';
import type { Clock } from '../../lib/core/time/clock.js';
import { silentLogger } from '../../lib/core/common/logger.js';
import { defaultTimings } from '../../lib/core/model/timings.js';
import { idleDuties } from '../support/idle-duties.js';
import { ManualClock, settle } from '../support/manual-clock.js';
import { ScriptedConnection } from '../support/scripted-connection.js';

/**
 * An instance that finds no server, and stands in the pause after its first attempt.
 *
 * @param accept what becomes of each connection, where the server accepts them
 */
async function pausing(accept?: (connection: ScriptedConnection, clock: Clock) => void) {
  const clock = new ManualClock();
  /** Whether each timer that is set keeps the process alive. */
  const alive: boolean[] = [];
  const watched: Clock = {
    now: () => clock.now(),
    after: (milliseconds, action, options) => {
      alive.push(options?.keepsProcessAlive === true);
      return clock.after(milliseconds, action);
    },
  };
  let attempts = 0;
  const connector: Connector = {
    connect: () => {
      attempts += 1;
      if (!accept) return Promise.reject(new Error('connection refused'));
      const connection = new ScriptedConnection(clock);
      accept(connection, clock);
      return Promise.resolve(connection);
    },
  };
  const common = {
    timings: defaultTimings,
    logger: silentLogger,
    clock: watched,
    random: () => 0.5,
  };
  const observed = new Election({
    ...common,
    name: 'default',
    keys: { lock: 1n, heir: 2n },
    candidate: false,
    takeover: 'fast',
    self: { instanceId: 'one' },
    duties: idleDuties,
  });
  const self = { instanceId: 'one', version: 'of the test' };
  const instance = new Instance({ ...common, self, connector, elections: [observed] });
  const stop = new AbortController();
  const ended = instance.run(stop.signal);
  await settle();
  return { alive, clock, stop, ended, attempts: () => attempts };
}

describe('an instance between two attempts to connect', () => {
  it('tries again after the pause', async () => {
    const { clock, stop, ended, attempts } = await pausing();
    expect(attempts()).toBe(1);
    await clock.run(5_000);
    expect(attempts()).toBeGreaterThan(1);
    stop.abort();
    await ended;
  });

  it('keeps its process alive, which has no socket then', async () => {
    const { alive, stop, ended } = await pausing();
    expect(alive).toEqual([true]);
    stop.abort();
    await ended;
  });

  it('waits for longer each time, up to a limit', async () => {
    const { clock, stop, ended, attempts } = await pausing();
    /** In milliseconds, of attempts that fail at once. */
    const pauses: number[] = [];
    for (let since = 0; pauses.length < 7; since += 1) {
      const before = attempts();
      await clock.run(1);
      if (attempts() === before) continue;
      pauses.push(since + 1);
      since = -1;
    }
    // Half of the longest that each may be: 1 s four times, then twice as much each time, 5 s at most.
    expect(pauses).toEqual([500, 500, 500, 500, 1_000, 2_000, 2_500]);
    stop.abort();
    await ended;
  });

  it('waits as long after a server that accepts connections only to drop them', async () => {
    const { clock, stop, ended, attempts } = await pausing((connection, time) => {
      time.after(1, () => {
        connection.close(new Error('dropped'));
      });
    });
    await clock.run(6_100);
    expect(attempts()).toBe(7);
    stop.abort();
    await ended;
  });

  it('stops at once, without another attempt and without a timer', async () => {
    const { clock, stop, ended, attempts } = await pausing();
    expect(clock.pending).toBe(1);
    stop.abort();
    await ended;
    expect(clock.pending).toBe(0);
    await clock.run(60_000);
    expect(attempts()).toBe(1);
  });
});
