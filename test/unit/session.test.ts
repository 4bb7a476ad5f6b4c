import { describe, expect, it } from '@jest/globals';
import { Session, type SessionEndedError } from '../../lib/core/session/session.js';
import { defaultTimings } from '../../lib/core/model/timings.js';
import { ManualClock, settle } from '../support/manual-clock.js';
import { ScriptedConnection } from '../support/scripted-connection.js';

const { heartbeatInterval, renewDeadline, leaseDuration } = defaultTimings;

function openSession() {
  const clock = new ManualClock();
  const connection = new ScriptedConnection(clock);
  const session = new Session(connection, clock, defaultTimings);
  const trust: boolean[] = [];
  session.onLeaseChange((trusted) => trust.push(trusted));
  return { clock, connection, session, trust };
}

/** A session that a leadership rests on. */
function openLeaderSession() {
  const world = openSession();
  const end = world.session.retain();
  return { ...world, endLeadership: end };
}

describe('a session', () => {
  it('sends a heartbeat in every interval while a leadership rests on it', async () => {
    const { clock, connection, trust } = openLeaderSession();
    await clock.run(5 * heartbeatInterval);
    expect(connection.statements).toEqual(Array(5).fill('heartbeat'));
    expect(trust).toEqual([]);
  });

  it('shows that it lives at once, and again after `heirInterval`', async () => {
    const { clock, connection, session } = openSession();
    await clock.run(1);
    session.heartbeatNow();
    await settle();
    expect(connection.statements).toEqual(['heartbeat']);
    await clock.run(defaultTimings.heirInterval);
    expect(connection.statements).toEqual(['heartbeat', 'heartbeat']);
    await clock.run(heartbeatInterval);
    expect(connection.statements).toHaveLength(2);
  });

  it('shows once that it lives, however often it was to while another statement was under way', async () => {
    const { clock, connection, session } = openLeaderSession();
    connection.answering = false;
    const slow = session.run((c) => c.unlock([1n]));
    await settle();
    for (let shown = 0; shown < 30; shown += 1) {
      session.heartbeatNow();
      await clock.run(10);
    }
    connection.answering = true;
    connection.pending.answer();
    await slow;
    await settle();
    expect(connection.statements).toEqual(['unlock', 'heartbeat']);
  });

  it('only keeps the server from ending it while no leadership rests on it', async () => {
    const { clock, connection, session } = openSession();
    await clock.run(2 * renewDeadline);
    expect(connection.statements).toHaveLength(4);
    expect(session.ended).toBeUndefined();
  });

  it('joins by its first heartbeat, however long its set-up took: without locks it has nothing to lose', async () => {
    const clock = new ManualClock();
    const connection = new ScriptedConnection(clock);
    clock.freeze(2 * defaultTimings.leaseDuration);
    const session = new Session(connection, clock, defaultTimings);
    expect(session.isConfirmed).toBe(false);
    await clock.run(1);
    expect(connection.statements).toEqual(['heartbeat']);
    expect(session.isConfirmed).toBe(true);
    await clock.run(3 * defaultTimings.leaseDuration);
    expect(session.ended).toBeUndefined();
  });

  it('ends when its set-up took long and its first heartbeat is not answered', async () => {
    const clock = new ManualClock();
    const connection = new ScriptedConnection(clock);
    connection.answering = false;
    clock.freeze(2 * defaultTimings.leaseDuration);
    const session = new Session(connection, clock, defaultTimings);
    await clock.run(renewDeadline - 1);
    expect(session.ended).toBeUndefined();
    await clock.run(1);
    expect(session.ended?.reason).toBe('lease_expired');
  });

  it('sends no heartbeat when other statements show that it lives', async () => {
    const { clock, connection, session } = openLeaderSession();
    for (let i = 0; i < 10; i += 1) {
      await session.run((c) => c.announce([]));
      await clock.run(heartbeatInterval * 0.9);
    }
    expect(connection.statements).not.toContain('heartbeat');
  });

  it('sends no heartbeat after a statement that took long, but in time', async () => {
    const { clock, connection, session } = openLeaderSession();
    await clock.run(heartbeatInterval - 100);
    connection.answering = false;
    const slow = session.run((c) => c.unlock([1n]));
    await clock.run(500); // A heartbeat was due meanwhile.
    connection.answering = true;
    connection.pending.answer();
    await slow;
    await clock.run(heartbeatInterval - 501);
    expect(connection.statements).toEqual(['unlock']);
    await clock.run(1);
    expect(connection.statements).toEqual(['unlock', 'heartbeat']);
  });

  it('sends a statement without a heartbeat before it in the moment in which one is due', async () => {
    const { clock, connection, session } = openLeaderSession();
    clock.freeze(heartbeatInterval);
    await session.run((c) => c.unlock([1n]));
    expect(connection.statements).toEqual(['unlock']);
    clock.freeze(heartbeatInterval + 1);
    await session.run((c) => c.unlock([1n]));
    expect(connection.statements).toEqual(['unlock', 'heartbeat', 'unlock']);
  });

  it('runs one statement at a time', async () => {
    const { connection, session } = openSession();
    connection.answering = false;
    void session.run((c) => c.unlock([1n]));
    void session.run((c) => c.holders([1n]));
    await settle();
    expect(connection.statements).toEqual(['unlock']);
    connection.pending.answer();
    await settle();
    expect(connection.statements).toEqual(['unlock', 'holders']);
  });

  it('ends, with the cause, when a statement fails', async () => {
    const { connection, session } = openSession();
    connection.answering = false;
    const refused = new Error('refused');
    const statement = session.run((c) => c.unlock([1n]));
    await settle();
    connection.pending.fail(refused);
    await expect(statement).rejects.toMatchObject({ reason: 'conn_lost', cause: refused });
    expect(connection.destroyed).toBe(true);
    expect(session.ended?.cause).toBe(refused);
  });

  it('rejects what waits and what comes when the connection closes', async () => {
    const { connection, session } = openSession();
    connection.answering = false;
    const statements = [session.run((c) => c.unlock([1n])), session.run((c) => c.unlock([2n]))];
    await settle();
    connection.close(new Error('gone'));
    statements.push(session.run((c) => c.unlock([3n])));
    for (const statement of statements) {
      await expect(statement).rejects.toMatchObject({ name: 'SessionEndedError' });
    }
    expect(connection.statements).toEqual(['unlock']);
  });

  it('is over at once where its connection was closed before anybody could listen', () => {
    const clock = new ManualClock();
    const connection = new ScriptedConnection(clock);
    const gone = new Error('gone');
    connection.onClose = (listener) => {
      listener(gone);
    };
    const session = new Session(connection, clock, defaultTimings);
    expect(session.ended).toMatchObject({ reason: 'conn_lost', cause: gone });
    expect(connection.destroyed).toBe(true);
    expect(clock.pending).toBe(0);
  });

  it.each([0, 1, 2, 3])(
    'leaves no timer behind where it ends %i microtasks after an answer',
    async (count) => {
      const { clock, connection, session } = openSession();
      connection.answering = false;
      const statement = session.run((c) => c.unlock([1n])).catch(() => undefined);
      await settle();
      connection.pending.answer();
      for (let microtasks = 0; microtasks < count; microtasks += 1) await Promise.resolve();
      connection.close(new Error('gone'));
      await statement;
      expect(clock.pending).toBe(0);
    },
  );

  it('ignores the answer of a statement that it has given up', async () => {
    const { clock, connection, session } = openLeaderSession();
    connection.answering = false;
    await clock.run(renewDeadline);
    expect(session.ended?.reason).toBe('lease_expired');
    connection.pending.answer();
    await settle();
    expect(session.isConfirmed).toBe(false);
  });

  it('tells how long each heartbeat took, from when it was asked for', async () => {
    const { clock, connection, session } = openLeaderSession();
    const took: number[] = [];
    session.onHeartbeat((milliseconds) => took.push(milliseconds));
    connection.answering = false;
    await clock.run(heartbeatInterval);
    await clock.run(30);
    connection.pending.answer();
    await settle();
    expect(took).toEqual([30]);
  });

  it('has one second sign of life, however often it was to show the first', async () => {
    const { clock, connection, session } = openSession();
    for (let shown = 0; shown < 3; shown += 1) {
      session.heartbeatNow();
      await clock.run(defaultTimings.heirInterval - 1);
    }
    expect(connection.statements).toHaveLength(3);
    await clock.run(heartbeatInterval);
    expect(connection.statements).toHaveLength(4);
  });

  it('leaves no timer behind', async () => {
    const { clock, connection, session } = openLeaderSession();
    await clock.run(3_000);
    connection.close(new Error('gone'));
    await settle();
    expect(clock.pending).toBe(0);
    await expect(session.run((c) => c.heartbeat())).rejects.toThrow();
    expect(clock.pending).toBe(0);
  });
});

describe('sleeping on a session', () => {
  const MILLISECONDS = 700;

  function sleeping() {
    const world = openSession();
    const { clock, session } = world;
    const stop = new AbortController();
    const pending = clock.pending;
    const state = { awake: false };
    const asleep = session.sleep(MILLISECONDS, stop.signal).then(() => (state.awake = true));
    return { ...world, asleep, pending, state, stop };
  }

  it('takes as long as it was to', async () => {
    const { clock, pending, state } = sleeping();
    await clock.run(MILLISECONDS - 1);
    expect(state.awake).toBe(false);
    await clock.run(1);
    expect(state.awake).toBe(true);
    expect(clock.pending).toBe(pending);
  });

  it('is over when the session is, and leaves no timer behind', async () => {
    const { asleep, clock, connection } = sleeping();
    connection.close(new Error('gone'));
    await asleep;
    expect(clock.pending).toBe(0);
  });

  it('is over when it is to stop, and leaves no timer behind', async () => {
    const { asleep, clock, pending, stop } = sleeping();
    stop.abort();
    await asleep;
    expect(clock.pending).toBe(pending);
  });
});

describe('the lease of a session', () => {
  it('runs from the sending of the last answered statement, not from its answer', async () => {
    const { clock, connection, session } = openLeaderSession();
    connection.answering = false;
    await clock.run(heartbeatInterval); // sends a heartbeat
    await clock.run(3_000);
    connection.pending.answer();
    await settle(); // confirmed from heartbeatInterval on, and nothing is answered after that
    await clock.run(heartbeatInterval + renewDeadline - clock.now().monotonic - 1);
    expect(session.isConfirmed).toBe(true);
    await clock.run(1);
    expect(session.isConfirmed).toBe(false);
  });

  it('expires at the deadline, at once, when the server does not answer', async () => {
    const { clock, connection, session, trust } = openLeaderSession();
    connection.answering = false;
    await clock.run(renewDeadline - 1);
    expect(session.isConfirmed).toBe(true);
    await clock.run(1);
    expect(session.ended?.reason).toBe('lease_expired');
    expect(trust).toEqual([false]);
    expect(connection.destroyed).toBe(true);
  });

  it('reads as unconfirmed after a freeze before any timer has run', () => {
    const { clock, session } = openLeaderSession();
    clock.freeze(renewDeadline);
    expect(session.isConfirmed).toBe(false);
  });

  it('is confirmed again by one heartbeat when only this process was not running', async () => {
    const { clock, connection, session, trust } = openLeaderSession();
    clock.freeze(renewDeadline + 2_000);
    await clock.thaw();
    expect(connection.statements).toContain('heartbeat');
    expect(trust).toEqual([false, true]);
    expect(session.isConfirmed).toBe(true);
    expect(session.ended).toBeUndefined();
  });

  it('is not confirmed by an answer that lay unread during the freeze, only by the next one', async () => {
    const { clock, connection, session, trust } = openLeaderSession();
    connection.answering = false;
    await clock.run(heartbeatInterval); // the heartbeat is out
    clock.freeze(renewDeadline);
    await clock.thaw();
    connection.pending.answer(); // sent before the freeze
    await settle();
    expect(trust).toEqual([false]);
    expect(session.isConfirmed).toBe(false);
    connection.pending.answer(); // sent after it
    await settle();
    expect(trust).toEqual([false, true]);
    expect(session.isConfirmed).toBe(true);
  });

  it('is asked for where such an answer was read before any timer ran', async () => {
    const { clock, connection, session, trust } = openLeaderSession();
    connection.answering = false;
    await clock.run(heartbeatInterval);
    clock.freeze(renewDeadline);
    connection.pending.answer();
    await settle();
    await clock.thaw();
    expect(session.ended).toBeUndefined();
    connection.pending.answer();
    await settle();
    expect(trust).toEqual([false, true]);
    expect(connection.statements).toEqual(['heartbeat', 'heartbeat']);
  });

  it('expires when after a freeze the server does not answer either', async () => {
    const { clock, connection, session } = openLeaderSession();
    connection.answering = false;
    clock.freeze(renewDeadline + 1_000);
    await clock.thaw();
    expect(session.ended).toBeUndefined();
    await clock.run((leaseDuration - renewDeadline) / 2);
    expect(session.ended?.reason).toBe('lease_expired');
  });

  it('leaves no grace beyond the time at which the server may free the locks', async () => {
    const { clock, connection, session } = openLeaderSession();
    connection.answering = false;
    clock.freeze(leaseDuration - 10);
    await clock.thaw();
    expect(session.ended).toBeUndefined();
    await clock.run(10);
    expect(session.ended?.reason).toBe('lease_expired');
  });

  it('expires at once after a freeze that outlasted the lease', async () => {
    const { clock, connection, session, trust } = openLeaderSession();
    connection.answering = false;
    clock.freeze(leaseDuration);
    await clock.thaw();
    expect(session.ended?.reason).toBe('lease_expired');
    expect(trust).toEqual([false]);
  });

  it('costs one heartbeat, and no leadership, when the wall clock jumps forward', async () => {
    const { clock, session, trust } = openLeaderSession();
    await clock.run(100);
    clock.stepWall(3_600_000);
    expect(session.isConfirmed).toBe(false);
    await clock.run(heartbeatInterval);
    expect(session.isConfirmed).toBe(true);
    expect(trust).toEqual([false, true]);
  });

  it('is not hidden by a wall clock that was set back before a suspension', () => {
    const { clock, session } = openLeaderSession();
    clock.stepWall(-3_600_000);
    clock.stepWall(1_800_000); // Suspended: the monotonic clock stood still.
    expect(session.isConfirmed).toBe(false);
  });

  it('does not last longer when the wall clock jumps back', async () => {
    const { clock, connection, session } = openLeaderSession();
    connection.answering = false;
    clock.stepWall(-3_600_000);
    await clock.run(renewDeadline);
    expect(session.isConfirmed).toBe(false);
  });
});

describe('a session that is over', () => {
  it('is vacated when every leadership on it has ended its duties', async () => {
    const { connection, session, endLeadership } = openLeaderSession();
    const endOther = session.retain();
    let vacated: boolean | undefined;
    void session.drained.then((ended) => (vacated = ended));
    connection.close(new Error('gone'));
    endLeadership({ abandoned: false });
    await settle();
    expect(vacated).toBeUndefined();
    endOther({ abandoned: false });
    await settle();
    expect(vacated).toBe(true);
  });

  it('is never really vacated when a duty was abandoned', async () => {
    const { connection, session, endLeadership } = openLeaderSession();
    connection.close(new Error('gone'));
    endLeadership({ abandoned: true });
    await expect(session.drained).resolves.toBe(false);
  });

  it('confirms nothing any more, however young its last answer is', () => {
    const { connection, session } = openSession();
    expect(session.isConfirmed).toBe(true);
    connection.close(new Error('gone'));
    expect(session.isConfirmed).toBe(false);
    expect(session.lease.isConfirmed).toBe(true);
  });

  it('calls a new listener at once if it has ended', () => {
    const { connection, session } = openSession();
    connection.close(new Error('gone'));
    const heard: string[] = [];
    session.onEnd(({ message }) => heard.push(message));
    expect(heard).toEqual(['The database session is over (conn_lost)']);
  });

  it('says goodbye to the server when it is closed, once, and runs nothing after that', async () => {
    const { clock, connection, session } = openSession();
    let goodbyes = 0;
    connection.end = () => Promise.resolve(void (goodbyes += 1));
    await session.close();
    await session.close();
    expect(goodbyes).toBe(1);
    expect([session.ended?.reason, connection.destroyed]).toEqual(['closed', false]);
    session.heartbeatNow();
    await settle();
    expect(connection.statements).toEqual([]);
    expect(clock.pending).toBe(0);
    await expect(session.drained).resolves.toBe(true);
  });

  it('is not closed where it is over', async () => {
    const { connection, session } = openSession();
    connection.end = () => Promise.reject(new Error('The connection is closed'));
    connection.close(new Error('gone'));
    await session.close();
    expect(session.ended?.reason).toBe('conn_lost');
  });

  it('tells everybody once, with the first reason', () => {
    const { connection, session } = openSession();
    const heard: SessionEndedError[] = [];
    session.onEnd((end) => heard.push(end));
    session.end('lease_expired');
    connection.close(new Error('gone'));
    expect(heard.map(({ reason }) => reason)).toEqual(['lease_expired']);
  });
});
