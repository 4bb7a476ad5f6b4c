import { describe, expect, it } from '@jest/globals';
import { Predecessor } from '../../lib/election/predecessor.js';
import { Session } from '../../lib/election/session.js';
import { defaultTimings } from '../../lib/election/timings.js';
import { ManualClock, settle } from '../support/manual-clock.js';
import { ScriptedConnection } from '../support/scripted-connection.js';

/** A standby that looks at a leader which has been silent for so many milliseconds. */
function watching({ due }: { due: (now: number) => number }) {
  const clock = new ManualClock();
  const connection = new ScriptedConnection(clock);
  connection.answering = false;
  const session = new Session(connection, clock, defaultTimings);
  const predecessor = new Predecessor(clock);
  const stop = new AbortController();
  const dueAt = due(clock.now().wall);
  const nextDue = (seenAt: number) => (dueAt > seenAt ? dueAt : undefined);
  const ended = predecessor.watch(session, { lock: 1n, nextDue }, stop.signal);
  const looks = () => connection.statements.filter((name) => name === 'holders').length;
  return { clock, connection, predecessor, stop, ended, looks };
}

describe('a standby that may have to catch up', () => {
  it('takes the leader for alive when the server was asked, and not when the answer came', async () => {
    const { clock, connection, predecessor, stop, ended } = watching({ due: (now) => now + 100 });
    await settle();
    const askedAt = clock.now().wall;
    await clock.run(500);
    connection.pending.answer([{ pid: 7, silence: 50 }]);
    await settle();
    expect(predecessor.seenAt).toEqual(new Date(askedAt - 50));
    stop.abort();
    await ended;
  });

  it('looks again until the leader has shown life since the job was due, and then no more', async () => {
    const { clock, connection, ended, looks } = watching({ due: (now) => now - 100 });
    await settle();
    connection.pending.answer([{ pid: 7, silence: 5_000 }]);
    await clock.run(defaultTimings.heirInterval);
    expect(looks()).toBe(2);
    connection.pending.answer([{ pid: 7, silence: 0 }]);
    await settle();
    await ended;
    expect(looks()).toBe(2);
  });
});
