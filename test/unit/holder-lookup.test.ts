import { describe, expect, it } from '@jest/globals';
import { HolderLookup } from '../../lib/core/session/holder-lookup.js';
import { Session } from '../../lib/core/session/session.js';
import { defaultTimings } from '../../lib/core/model/timings.js';
import { ManualClock, settle } from '../support/manual-clock.js';
import { ScriptedConnection } from '../support/scripted-connection.js';

const HOLDER = { pid: 7, silence: 0 };

function lookup() {
  const clock = new ManualClock();
  const connection = new ScriptedConnection(clock);
  connection.answering = false;
  const session = new Session(connection, clock, defaultTimings);
  const looks = () => connection.statements.filter((name) => name === 'holders').length;
  return { clock, connection, session, looks, holders: new HolderLookup(session, () => 0.5) };
}

describe('looking up holders', () => {
  it('answers who asks soon while a look is under way that takes longer than that', async () => {
    const { clock, connection, holders, looks } = lookup();
    void holders.ask(1n);
    await settle();
    const answer = holders.askSoon(2n);
    await clock.run(1_000);
    expect(looks()).toBe(1);
    connection.pending.answer([undefined]);
    await settle();
    expect(looks()).toBe(2);
    connection.pending.answer([HOLDER]);
    expect(await answer).toMatchObject({ holder: HOLDER });
  });
});
