import { describe, expect, it } from '@jest/globals';
import type { Connector } from '../../lib/core/port/connection.js';
import { Instance } from '../../lib/core/fleet/instance.js';
import { silentLogger } from '../../lib/core/common/logger.js';
import { defaultTimings } from '../../lib/core/model/timings.js';
import { ManualClock, settle } from '../support/manual-clock.js';

/** An instance that finds no server, and stands in the pause after its first attempt. */
async function pausing() {
  const clock = new ManualClock();
  let attempts = 0;
  const connector: Connector = {
    connect: () => {
      attempts += 1;
      return Promise.reject(new Error('connection refused'));
    },
  };
  const instance = new Instance({
    self: { instanceId: 'one', version: 'of the test' },
    connector,
    elections: [],
    timings: defaultTimings,
    logger: silentLogger,
    clock,
    random: () => 0.5,
  });
  const stop = new AbortController();
  const ended = instance.run(stop.signal);
  await settle();
  return { clock, stop, ended, attempts: () => attempts };
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
