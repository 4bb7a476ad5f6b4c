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

  it('asks once for all who ask until then, and gives each the answer for its lock', async () => {
    const { clock, connection, holders } = lookup();
    let asked: readonly bigint[] = [];
    const { holders: look } = connection;
    connection.holders = (locks) => {
      asked = locks;
      return look(locks);
    };
    const answers = Promise.all([1n, 2n, 1n].map((lock) => holders.ask(lock)));
    const askedAt = clock.now();
    await settle();
    expect(asked).toEqual([1n]);
    connection.pending.answer([HOLDER]);
    await settle();
    expect(asked).toEqual([2n, 1n]);
    connection.pending.answer([undefined, HOLDER]);
    expect(await answers).toEqual([
      { holder: HOLDER, askedAt },
      { holder: undefined, askedAt },
      { holder: HOLDER, askedAt },
    ]);
  });

  it('looks no more than once for who has asked soon, where another could not wait', async () => {
    const { clock, connection, holders, looks } = lookup();
    connection.answering = true;
    const soon = holders.askSoon(1n);
    await Promise.all([soon, holders.ask(2n)]);
    await clock.run(1_000);
    expect(looks()).toBe(1);
  });

  it('looks no more where nobody has asked while a look was under way', async () => {
    const { clock, connection, holders, looks } = lookup();
    void holders.ask(1n);
    await settle();
    connection.answering = true;
    connection.pending.answer([HOLDER]);
    await clock.run(1_000);
    expect(looks()).toBe(1);
  });

  it('lets who asks soon wait for a while, and asks with the time of the asking', async () => {
    const { clock, connection, holders, looks } = lookup();
    const answer = holders.askSoon(1n);
    await clock.run(49);
    expect(looks()).toBe(0);
    await clock.run(1);
    expect(looks()).toBe(1);
    const askedAt = clock.now();
    await clock.run(300);
    connection.pending.answer([HOLDER]);
    expect(await answer).toEqual({ holder: HOLDER, askedAt });
  });

  it('lets who asks soon wait although the first look ends meanwhile', async () => {
    const { connection, holders, looks } = lookup();
    void holders.ask(1n);
    await settle();
    void holders.askSoon(2n);
    connection.pending.answer([HOLDER]);
    await settle();
    expect(looks()).toBe(1);
  });

  it('lets who asks soon wait although a look ends meanwhile', async () => {
    const { clock, connection, holders, looks } = lookup();
    const both = [holders.ask(1n), settle().then(() => holders.ask(2n))];
    await settle();
    connection.pending.answer([HOLDER]);
    await settle();
    connection.pending.answer([HOLDER]);
    await Promise.all(both);
    for (let expected = 3; expected <= 5; expected += 2) {
      void holders.ask(1n);
      await settle();
      void holders.askSoon(2n);
      connection.pending.answer([HOLDER]);
      await settle();
      expect(looks()).toBe(expected);
      await clock.run(300);
      expect(looks()).toBe(expected + 1);
      connection.pending.answer([HOLDER]);
      await clock.run(300);
    }
  });

  it('answers nothing to all who wait when the session ends, and to who asks after that', async () => {
    const { clock, connection, holders } = lookup();
    const underWay = holders.ask(1n);
    await settle();
    const waiting = [underWay, holders.ask(2n), holders.askSoon(3n)];
    connection.close(new Error('gone'));
    waiting.push(holders.ask(4n), holders.askSoon(5n));
    expect(await Promise.all(waiting)).toEqual(Array(5).fill(undefined));
    expect(clock.pending).toBe(0);
  });
});
