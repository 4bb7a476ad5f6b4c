import { getEventListeners } from 'node:events';
import { describe, expect, it } from '@jest/globals';
import { silentLogger } from '../../lib/core/common/logger.js';
import { Election, type OpenSession } from '../../lib/core/election/election.js';
import { defaultTimings } from '../../lib/core/model/timings.js';
import type { Granted } from '../../lib/core/port/locks.js';
import { HolderLookup } from '../../lib/core/session/holder-lookup.js';
import { LockPoller, type HeirRule } from '../../lib/core/session/lock-poller.js';
import { Session } from '../../lib/core/session/session.js';
import { idleDuties } from '../support/idle-duties.js';
import { ManualClock, settle } from '../support/manual-clock.js';
import { ScriptedConnection } from '../support/scripted-connection.js';

/** The process of the server that holds the lock. */
const HOLDER = 7;

const random = () => 0.5;

/** An election without an instance around it, and sessions for it. */
function alone({ rule, candidate = true }: { rule?: HeirRule; candidate?: boolean } = {}) {
  const clock = new ManualClock();
  const lines: string[] = [];
  const election = new Election({
    clock,
    random,
    timings: defaultTimings,
    logger: { ...silentLogger, log: (line) => lines.push(line) },
    name: 'default',
    keys: { lock: 1n, heir: 2n },
    candidate,
    takeover: 'fast',
    self: { instanceId: 'one' },
    duties: idleDuties,
  });
  const events: string[] = [];
  election.events.on(({ type }) => events.push(type));
  /** @param grants what the tries for the lock bring, one after the other */
  const open = (...grants: Granted[]): OpenSession & { connection: ScriptedConnection } => {
    const connection = new ScriptedConnection(clock);
    connection.holders = (locks) => Promise.resolve(locks.map(() => ({ pid: HOLDER, silence: 0 })));
    connection.tryLocks = (tries) => Promise.resolve(tries.map(() => grants.shift()));
    const session = new Session(connection, clock, defaultTimings);
    const poller = new LockPoller(session, random, rule);
    return { connection, session, poller, holders: new HolderLookup(session, random) };
  };
  const stop = new AbortController();
  return { clock, election, events, lines, open, stop };
}

describe('an election on a session', () => {
  const leader = { instanceId: 'leader', term: 5n };

  it('is a standby again where its place as the heir is left to another instance', async () => {
    const rule: HeirRule = {
      wanted: (locks) => new Set(locks),
      surplus: (held, granted) => (granted.length > 0 ? [] : held),
      heirFirst: () => false,
    };
    const { clock, election, open, stop } = alone({ rule });
    const session = open('heir');
    election.connected(session);
    const ended = election.run(() => Promise.resolve(session), stop.signal);
    await clock.run(0);
    expect(election.role).toBe('heir');
    await clock.run(defaultTimings.retryInterval);
    expect(election.role).toBe('standby');
    stop.abort();
    await ended;
  });

  it('tries nothing soon where it has no session', () => {
    const { clock, election } = alone();
    election.retrySoon();
    expect(clock.pending).toBe(0);
  });

  it('listens once to the signal that stops it, however often it has led', async () => {
    const { clock, election, open, stop } = alone();
    const session = open('lock', 'lock', 'lock');
    election.connected(session);
    const ended = election.run(() => Promise.resolve(session), stop.signal);
    const listeners: number[] = [];
    for (let terms = 0; terms < 3; terms += 1) {
      await clock.run(defaultTimings.retryInterval);
      expect(election.isLeader).toBe(true);
      listeners.push(getEventListeners(stop.signal, 'abort').length);
      await election.resign();
    }
    expect(listeners).toEqual(Array(3).fill(listeners[0]));
    stop.abort();
    await ended;
    expect(getEventListeners(stop.signal, 'abort')).toEqual([]);
  });

  it('logs who leads also where it only checks in, and not again where that is known', async () => {
    const { election, lines, open } = alone();
    election.checkIn(open());
    await settle();
    election.onMessage({ type: 'leading', key: 1n, leader, token: 77n }, HOLDER);
    expect(lines).toEqual(['"default" is led by leader in term 5']);
    election.checkedIn();
    election.connected(open());
    await settle();
    election.onMessage({ type: 'leading', key: 1n, leader, token: 77n }, HOLDER);
    expect(election.leader).toEqual(leader);
    expect(lines).toHaveLength(1);
  });

  it('tells once that it is in reserve, until it has a connection or has lost one', async () => {
    const { election, events, open } = alone();
    election.checkIn(open());
    election.checkedIn();
    election.checkedIn();
    expect(events).toEqual(['reserve-entered']);
    election.connected(open());
    expect(events.slice(1)).toEqual(['reserve-left', 'connection-restored']);
    election.checkedIn();
    election.disconnected(new Error('gone'));
    election.connected(open());
    expect(events.slice(3)).toEqual(['reserve-entered', 'connection-lost', 'connection-restored']);
    await settle();
  });

  it('tells that it has had a connection where it only observes, and needs none in between', async () => {
    const { election, events, open } = alone({ candidate: false });
    election.checkIn(open());
    election.checkedIn();
    election.checkedIn();
    expect(events).toEqual(['connection-restored']);
    await settle();
  });
});
