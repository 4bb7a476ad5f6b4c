import { describe, expect, it } from '@jest/globals';
import type { Announcement } from '../../lib/election/announcement.js';
import { ResignationWatch } from '../../lib/election/resignation.js';
import { Session } from '../../lib/election/session.js';
import { defaultTimings } from '../../lib/election/timings.js';
import { ManualClock, settle } from '../support/manual-clock.js';
import { ScriptedConnection } from '../support/scripted-connection.js';

const resigned: Announcement = { type: 'resigned', key: 1n, instanceId: 'leader' };
const acquired: Announcement = { type: 'acquired', key: 1n, instanceId: 'another' };

/** The server's process that holds the lock. */
const holder = 7;

/** A watch that has asked who holds the lock, and was not answered yet. */
async function watching() {
  const clock = new ManualClock();
  const connection = new ScriptedConnection(clock);
  connection.answering = false;
  const watch = new ResignationWatch(new Session(connection, clock, defaultTimings), 1n);
  await settle();
  expect(connection.statements).toEqual(['holders']);
  return { connection, watch };
}

describe('a watch for resignations', () => {
  it('believes the process that was seen to hold the lock, and no other', async () => {
    const { connection, watch } = await watching();
    connection.pending.answer([{ pid: holder, silence: 0 }]);
    await settle();
    watch.hear(resigned, holder + 1);
    expect(watch.resigned).toBe(false);
    watch.hear(resigned, holder);
    expect(watch.resigned).toBe(true);
  });

  it('believes nobody while the holder is not known, also when the answer comes late', async () => {
    const { connection, watch } = await watching();
    watch.hear(resigned, holder);
    expect(watch.resigned).toBe(false);
    connection.pending.answer([{ pid: holder, silence: 0 }]);
    await settle();
    expect(watch.resigned).toBe(false);
  });

  it('does not take a late answer for the holder when another has acquired the lock since', async () => {
    const { connection, watch } = await watching();
    const [first] = connection.sent;
    watch.hear(acquired, holder + 1);
    first?.answer([{ pid: holder, silence: 0 }]);
    await settle();
    watch.hear(resigned, holder);
    expect(watch.resigned).toBe(false);
    expect(connection.statements).toEqual(['holders', 'holders']);
    connection.pending.answer([{ pid: holder + 1, silence: 0 }]);
    await settle();
    watch.hear(resigned, holder + 1);
    expect(watch.resigned).toBe(true);
  });

  it('believes nobody when the session ended before the answer', async () => {
    const { connection, watch } = await watching();
    connection.close(new Error('gone'));
    connection.pending.answer([{ pid: holder, silence: 0 }]);
    await settle();
    watch.hear(resigned, holder);
    expect(watch.resigned).toBe(false);
  });
});
