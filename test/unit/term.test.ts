import { getEventListeners } from 'node:events';
import { describe, expect, it } from '@jest/globals';
import { silentLogger } from '../../lib/core/common/logger.js';
import { Election } from '../../lib/core/election/election.js';
import { TermLeadership } from '../../lib/core/election/term.js';
import { Instance } from '../../lib/core/fleet/instance.js';
import type { Duties } from '../../lib/core/model/election-setup.js';
import { defaultTimings } from '../../lib/core/model/timings.js';
import { deferred } from '../../lib/core/time/wait.js';
import { idleDuties } from '../support/idle-duties.js';
import { ManualClock, settle } from '../support/manual-clock.js';
import { ScriptedConnection } from '../support/scripted-connection.js';

const { heartbeatInterval, leaseDuration, renewDeadline, retryInterval, stopTimeout } =
  defaultTimings;

/** A candidate that is granted every lock that it tries. */
function alone(
  duties: Partial<Duties> = {},
  prepare: (connection: ScriptedConnection) => void = () => undefined,
) {
  const clock = new ManualClock();
  const connections: ScriptedConnection[] = [];
  const warned: string[] = [];
  const logger = { ...silentLogger, warn: (line: string) => warned.push(line) };
  const common = { clock, logger, random: () => 0.5, timings: defaultTimings };
  const election = new Election({
    ...common,
    name: 'default',
    keys: { lock: 1n, heir: 2n },
    candidate: true,
    takeover: 'fast',
    self: { instanceId: 'alone' },
    duties: { ...idleDuties, ...duties },
  });
  const self = { instanceId: 'alone', version: 'of the test' };
  const connector = {
    connect: () => {
      const connection = new ScriptedConnection(clock);
      connection.tryLocks = (tries) => Promise.resolve(tries.map(() => 'lock'));
      connections.push(connection);
      prepare(connection);
      return Promise.resolve(connection);
    },
  };
  const instance = new Instance({ ...common, self, connector, elections: [election] });
  const events: string[] = [];
  /** Whether it led when it told that it was elected. */
  const led: boolean[] = [];
  election.events.on(({ type }) => {
    events.push(type);
    if (type === 'elected') led.push(election.isLeader);
  });
  const stop = new AbortController();
  const ended = instance.run(stop.signal);
  return {
    clock,
    connections,
    election,
    events,
    led,
    warned,
    stopping: stop,
    stop: async () => {
      stop.abort();
      await settle();
      await ended;
    },
  };
}

describe('a term', () => {
  it('begins with a confirmed lease, also where the answer that brought it lay unread for long', async () => {
    const drawn = deferred<bigint[]>();
    const { clock, connections, led, stop } = alone({}, (connection) => {
      connection.drawTermsAndAnnounce = () => drawn.promise;
    });
    // Nothing else waits to be sent, which would confirm it as well.
    await clock.run(0);
    clock.freeze(renewDeadline);
    drawn.resolve([7n]);
    await settle();
    expect(connections[0]?.statements.slice(0, 2)).toEqual(['holders', 'heartbeat']);
    expect(led).toEqual([true]);
    await stop();
  });

  it('does not begin where the application is stopped before it could', async () => {
    const drawn = deferred<bigint[]>();
    const { clock, connections, events, stop, stopping } = alone({}, (connection) => {
      connection.drawTermsAndAnnounce = () => drawn.promise;
    });
    await clock.run(heartbeatInterval);
    stopping.abort();
    drawn.resolve([7n]);
    await stop();
    expect(events).not.toContain('elected');
    expect(connections[0]?.statements).toContain('unlock');
  });

  it('that could not be confirmed any more has served until its last sign of life', async () => {
    const { clock, connections, election, events, stop } = alone();
    await clock.run(10 * heartbeatInterval);
    const lastSign = clock.now().wall;
    const [first] = connections;
    if (first) first.answering = false;
    await clock.run(leaseDuration);
    expect(events).toContain('demoted');
    await clock.run(2 * renewDeadline);
    const seenAt = election.leadership?.predecessorSeenAt?.getTime() ?? Infinity;
    expect(seenAt).toBeLessThanOrEqual(lastSign);
    expect(seenAt).toBeGreaterThan(lastSign - 2 * heartbeatInterval);
    await stop();
  });

  it('holds the lock until its duties have stopped', async () => {
    const stopped = deferred();
    const { clock, connections, election, stop } = alone({ stop: () => stopped.promise });
    await clock.run(heartbeatInterval);
    const resigned = election.resign();
    await clock.run(1_000);
    expect(election.isLeader).toBe(false);
    expect(connections[0]?.statements).not.toContain('unlock');
    stopped.resolve();
    await resigned;
    expect(connections[0]?.statements).toContain('unlock');
    await stop();
  });

  it('does not end on request before it has lasted for a while', async () => {
    const { clock, connections, election, stop } = alone({}, (connection) => {
      connection.senders = (pids) =>
        Promise.resolve(pids.map((pid) => ({ pid, age: 1, trusted: true })));
    });
    await clock.run(heartbeatInterval);
    const since = election.leadership?.since.getTime() ?? 0;
    const demotedAt: number[] = [];
    election.events.on(({ type, at }) => {
      if (type === 'demoted') demotedAt.push(at.getTime());
    });
    connections[0]?.tell({ type: 'resign-request', key: 1n, instanceId: 'alone' }, 9);
    await clock.run(2 * retryInterval);
    expect(demotedAt).toEqual([since + retryInterval]);
    await stop();
  });

  it('keeps its lost session at the server until its duties have stopped', async () => {
    const stopped = deferred();
    const { clock, connections, stop } = alone({ stop: () => stopped.promise });
    await clock.run(heartbeatInterval);
    connections[0]?.close(new Error('reset'));
    await clock.run(2 * heartbeatInterval);
    expect(connections).toHaveLength(2);
    expect(connections[1]?.statements).not.toContain('terminate');
    stopped.resolve();
    await clock.run(heartbeatInterval);
    expect(connections[1]?.statements).toContain('terminate');
    await stop();
  });

  it('leaves its lost session to the server where some of its duties were abandoned', async () => {
    const { clock, connections, stop, warned } = alone({
      stop: () => new Promise(() => undefined),
      unfinished: () => ['one', 'two'],
    });
    await clock.run(heartbeatInterval);
    connections[0]?.close(new Error('reset'));
    await clock.run(stopTimeout + heartbeatInterval);
    expect(warned.slice(1)).toEqual([
      `"default": abandoned after ${stopTimeout} ms (stopTimeout), still running: one, two`,
    ]);
    expect(connections[1]?.statements).not.toContain('terminate');
    const stopped = stop();
    await clock.run(stopTimeout);
    await stopped;
  });

  it('keeps the process alive while it waits for its duties', async () => {
    const kept: (boolean | undefined)[] = [];
    const { clock, election, stop } = alone();
    await clock.run(0);
    const timers = new ManualClock();
    clock.after = (milliseconds, action, options?: { readonly keepsProcessAlive?: boolean }) => {
      if (milliseconds === stopTimeout || milliseconds === stopTimeout / 2)
        kept.push(options?.keepsProcessAlive);
      return timers.after(milliseconds, action);
    };
    await election.resign();
    expect(kept).toEqual([true, true]);
    await stop();
  });

  it('leaves no listener behind at the signal that stops the application', async () => {
    const { clock, election, stop, stopping } = alone();
    const listeners: number[] = [];
    for (let terms = 0; terms < 3; terms += 1) {
      await clock.run(retryInterval);
      listeners.push(getEventListeners(stopping.signal, 'abort').length);
      await election.resign();
    }
    expect(new Set(listeners).size).toBe(1);
    await stop();
  });

  it('is told by its number, and never by what others can change, as JSON', () => {
    const [since, seenAt] = [new Date(1_000), new Date(500)];
    const run = () => Promise.reject(new Error());
    const leadership = new TermLeadership('default', 7n, since, run, seenAt, 3);
    since.setTime(0);
    leadership.since.setTime(0);
    leadership.predecessorSeenAt?.setTime(0);
    expect(JSON.parse(JSON.stringify(leadership))).toEqual({
      election: 'default',
      partition: 3,
      term: '7',
      since: new Date(1_000).toISOString(),
      predecessorSeenAt: seenAt.toISOString(),
    });
  });

  it('ends once, for the first reason', () => {
    const leadership = new TermLeadership('default', 7n, new Date(0), () =>
      Promise.reject(new Error()),
    );
    expect(leadership.end('resigned')).toBe(true);
    expect(leadership.end('shutdown')).toBe(false);
    expect(leadership.lost).toBe('resigned');
    expect(leadership.signal.reason).toMatchObject({ reason: 'resigned' });
  });
});
