import { afterAll, describe, expect, it } from '@jest/globals';
import { getEventListeners } from 'node:events';
import { queryObjects } from 'node:v8';
import type { Connector } from '../../lib/election/connection.js';
import { Election } from '../../lib/election/election.js';
import { Instance } from '../../lib/election/instance.js';
import { silentLogger } from '../../lib/election/logger.js';
import { Session } from '../../lib/election/session.js';
import { defaultTimings } from '../../lib/election/timings.js';
import { ManualClock } from '../support/manual-clock.js';
import { ScriptedConnection } from '../support/scripted-connection.js';

/** Grants every lock, and can be told to close. */
class GenerousConnector implements Connector {
  current: ScriptedConnection | undefined;

  constructor(readonly clock: ManualClock) {}

  connect = () => {
    const connection = new ScriptedConnection(this.clock);
    connection.tryLocks = (tries) => Promise.resolve(tries.map(() => 'lock'));
    this.current = connection;
    return Promise.resolve(connection);
  };
}

const running: (() => Promise<void>)[] = [];
afterAll(() => Promise.all(running.map((stop) => stop())));

/** An instance that leads whenever it is connected, on a clock of the test. */
function start() {
  const clock = new ManualClock();
  const connector = new GenerousConnector(clock);
  const common = { clock, logger: silentLogger, random: () => 0.5, timings: defaultTimings };
  const counts = { elected: 0, started: 0, stopped: 0 };
  const election = new Election({
    ...common,
    name: 'default',
    keys: { lock: 1n, heir: 2n },
    candidate: true,
    takeover: 'fast',
    self: { instanceId: 'one' },
    duties: {
      start: () => Promise.resolve(void (counts.started += 1)),
      stop: () => Promise.resolve(void (counts.stopped += 1)),
      unfinished: () => [],
    },
  });
  election.events.on(({ type }) => (counts.elected += type === 'elected' ? 1 : 0));
  const instance = new Instance({ ...common, connector, elections: [election] });
  const stop = new AbortController();
  const ended = instance.run(stop.signal);
  running.push(async () => {
    stop.abort();
    await ended;
  });
  return { clock, connector, counts, election, stop: stop.signal };
}

/** Long enough to connect again after the longest pause, and to wait for the takeover. */
const RECOVERY = 5_000 + defaultTimings.renewDeadline + 1_000;

/** What the garbage collector can't take. */
function alive() {
  const kinds = { promises: Promise, sessions: Session, connections: ScriptedConnection };
  return Object.fromEntries(
    Object.entries(kinds).map(([kind, type]) => [kind, queryObjects(type, { format: 'count' })]),
  );
}

describe('a thousand demotions and reconnects', () => {
  it('leave no timer, listener, session or promise behind', async () => {
    const { clock, connector, counts, election, stop } = start();
    const recover = async () => {
      connector.current?.close(new Error('terminated'));
      await clock.run(RECOVERY);
    };
    // What the first ones leave is the state of a running instance.
    for (let i = 0; i < 10; i += 1) await recover();
    const timers = clock.pending;
    const before = alive();

    for (let i = 0; i < 1_000; i += 1) await recover();

    expect(counts.elected).toBeGreaterThanOrEqual(1_000);
    expect(counts.started - counts.stopped).toBeLessThanOrEqual(1);
    expect(clock.pending).toBe(timers);
    expect(election.events.size).toBe(1);
    expect(getEventListeners(stop, 'abort')).toHaveLength(1);
    expect(alive()).toEqual(before);
  });
});
