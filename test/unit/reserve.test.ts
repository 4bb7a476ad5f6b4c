import { describe, expect, it } from '@jest/globals';
import { silentLogger } from '../../lib/core/common/logger.js';
import { createElections } from '../../lib/core/create-elections.js';
import { defaultTimings, type Timings } from '../../lib/core/model/timings.js';
import { electionKeys, placeKeys } from '../../lib/core/postgres/lock-key.js';
import { resolveOptions } from '../../lib/core/resolve-options.js';
import { idleDuties } from '../support/idle-duties.js';
import { ManualClock, settle } from '../support/manual-clock.js';
import { ScriptedConnection } from '../support/scripted-connection.js';

const { lock } = electionKeys('default');
const [place = 0n] = placeKeys([lock], 1);
/** The process of the server that serves the leader, and what its session holds. */
const LEADER = 7;
const TOKEN = 77n;
/** What the server shows of the lock, which the leader holds. */
const HELD = { pid: LEADER, silence: 0 };
/** The first rest is any within the interval. */
const FIRST_REST = defaultTimings.reserveInterval / 2;

/** An instance that has asked for the one place, on a connection that answers when the test says so. */
async function asking(timings: Timings = defaultTimings) {
  const clock = new ManualClock();
  const connections: ScriptedConnection[] = [];
  const connect = () => {
    const connection = new ScriptedConnection(clock);
    connection.answering = false;
    connections.push(connection);
    return Promise.resolve(connection);
  };
  const options = { connection: 'postgresql://db/app', instanceId: 'one', maxCandidates: 1 };
  const pace = { clock, timings };
  const { elections, instance } = createElections(
    resolveOptions(options, { elections: ['default'], others: [] }),
    silentLogger,
    () => idleDuties,
    { connector: { connect }, random: () => 0.5, elections: pace, sessions: pace },
  );
  const [election] = elections;
  if (!election) throw new Error('There is no election');
  const stop = new AbortController();
  const ended = instance.run(stop.signal);
  await settle();
  const events: string[] = [];
  election.events.on(({ type }) => events.push(type));
  const connection = () => connections.at(-1) as ScriptedConnection;
  /** Answers the statement that waits. */
  const answer = async (value?: unknown) => {
    connection().pending.answer(value);
    await settle();
  };
  return { answer, clock, connection, connections, election, ended, events, instance, stop };
}

/** The same, when it has found no place, and learned who leads. */
async function resting(timings?: Timings) {
  const one = await asking(timings);
  const { answer, connection } = one;
  await answer();
  await answer([HELD]);
  const leader = { instanceId: 'leader', term: 5n };
  connection().tell({ type: 'leading', key: lock, leader, token: TOKEN }, LEADER);
  await settle();
  await answer(); // It tries for a place once more.
  return one;
}

describe('an instance that looks in', () => {
  it('takes a place that becomes free while it looks', async () => {
    const { answer, clock, connection, election } = await asking();
    await answer();
    await answer([undefined]);
    connection().tell({ type: 'place-free', key: place }, LEADER);
    await settle();
    expect(connection().statements).toEqual(['takeOne', 'holders', 'takeOne']);
    await answer(place);
    await clock.run(0);
    expect(election.role).toBe('standby');
    expect(connection().statements.at(-1)).toBe('tryLocks');
  });

  it('takes no more than the place that it finds first, and contends', async () => {
    const { answer, clock, connection, election } = await asking();
    await answer(place);
    await answer([undefined]);
    await clock.run(0);
    expect(election.role).toBe('standby');
    expect(connection().statements.filter((name) => name === 'takeOne')).toHaveLength(1);
    expect(connection().statements.at(-1)).toBe('tryLocks');
  });

  it('minds no place of another fleet', async () => {
    const { answer, connection } = await asking();
    await answer();
    await answer([undefined]);
    connection().tell({ type: 'place-free', key: place + 1n }, LEADER);
    await settle();
    expect(connection().statements).toEqual(['takeOne', 'holders']);
  });

  it('does not try as often as anybody says that a place is free', async () => {
    const { answer, connection } = await asking();
    await answer();
    await answer([undefined]);
    for (let said = 0; said < 10; said += 1) {
      connection().tell({ type: 'place-free', key: place }, LEADER);
      await settle();
      await answer();
    }
    expect(connection().statements.filter((name) => name === 'takeOne')).toHaveLength(4);
  });

  it('tries again before it goes, and does not wait longer than a second for a leader', async () => {
    const { answer, clock, connection, connections, election } = await asking();
    await answer();
    await answer([undefined]);
    await clock.run(200);
    expect(connection().statements).toEqual(['takeOne', 'holders', 'announce']);
    await answer();
    await clock.run(800);
    expect(connection().statements.at(-1)).toBe('takeOne');
    await answer();
    expect(election.role).toBe('reserve');
    expect(connections).toHaveLength(1);
  });

  it.each([0, 1, 2])('ends at once when it is told to stop, at statement %i', async (count) => {
    const { answer, clock, ended, stop } = await asking();
    for (let answered = 0; answered < count; answered += 1)
      await answer(answered === 1 ? [undefined] : undefined);
    stop.abort();
    await ended;
    expect(clock.pending).toBe(0);
  });
});

describe('an instance in reserve', () => {
  it('emits once that it is in reserve, and that it has left it', async () => {
    const { answer, clock, connection, election, events } = await resting();
    expect(events).toEqual(['leader-changed', 'reserve-entered']);
    await clock.run(FIRST_REST);
    await answer();
    await answer([HELD, HELD]);
    expect(events).toHaveLength(2);
    await clock.run(0.9 * defaultTimings.reserveInterval);
    await answer(place);
    await answer([HELD]);
    expect(events.slice(2)).toEqual(['reserve-left', 'connection-restored']);
    expect(election.role).toBe('standby');
    connection().close(new Error('gone'));
    await settle();
    expect(events.slice(4)).toEqual(['leader-changed', 'connection-lost']);
    expect(election.role).toBe('standby');
  });

  it('knows who leads, and needs no connection', async () => {
    const { connections, election, instance } = await resting();
    expect(election.role).toBe('reserve');
    expect(election.leader).toMatchObject({ instanceId: 'leader', term: 5n });
    expect(instance.connected).toBe(false);
    expect(instance.disconnectedSince).toBeUndefined();
    expect(connections).toHaveLength(1);
  });

  it('asks nobody while the session of the leader holds the lock', async () => {
    const { answer, clock, connection, connections, election } = await resting();
    await clock.run(FIRST_REST);
    await answer();
    await answer([HELD, HELD]);
    expect(connection().statements).toEqual(['takeOne', 'holders']);
    expect(connections).toHaveLength(2);
    expect(election.role).toBe('reserve');
    expect(election.leader).toMatchObject({ instanceId: 'leader', term: 5n });
  });

  it('does not take another session of the same process for the leader', async () => {
    const { answer, clock, election } = await resting();
    await clock.run(FIRST_REST);
    await answer();
    await answer([HELD, undefined]);
    expect(election.leader).toBeUndefined();
  });

  it('looks in again before the interval is over, each time at another moment', async () => {
    const { answer, clock, connections } = await resting();
    await clock.run(FIRST_REST);
    expect(connections).toHaveLength(2);
    await answer();
    await answer([HELD, HELD]);
    // Up to a fifth earlier, at random; the test's is one half.
    await clock.run(0.9 * defaultTimings.reserveInterval - 1);
    expect(connections).toHaveLength(2);
    await clock.run(1);
    expect(connections).toHaveLength(3);
  });

  it('has lost nothing by closing its connection, so it contends as soon as it has a place', async () => {
    // Sooner than it would be after a loss.
    const reserveInterval = defaultTimings.renewDeadline;
    const timings = { ...defaultTimings, reserveInterval };
    const { answer, clock, connection, connections } = await resting(timings);
    await clock.run(reserveInterval / 2);
    expect(connections).toHaveLength(2);
    await answer(place);
    await answer([undefined]);
    await clock.run(0);
    expect(connection().statements.at(-1)).toBe('tryLocks');
  });

  it('ends at once when it is told to stop', async () => {
    const { clock, ended, stop } = await resting();
    stop.abort();
    await ended;
    expect(clock.pending).toBe(0);
  });
});

describe('a candidate that stops', () => {
  it('frees its place with an announcement', async () => {
    const { answer, connection, ended, stop } = await asking();
    await answer(place);
    connection().answering = true;
    await answer([undefined]);
    stop.abort();
    await ended;
    expect(connection().statements.at(-1)).toBe('unlock');
  });

  it('does not wait for a server that does not answer', async () => {
    const { answer, clock, connection, ended, stop } = await asking();
    await answer(place);
    stop.abort();
    await clock.run(1_000);
    await ended;
    expect(connection().statements).not.toContain('unlock');
  });
});
