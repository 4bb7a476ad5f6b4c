import { describe, expect, it } from '@jest/globals';
import type { Announcement } from '../../lib/core/model/announcement.js';
import { defaultTimings } from '../../lib/core/model/timings.js';
import { Session } from '../../lib/core/session/session.js';
import { ManualClock, settle } from '../support/manual-clock.js';
import { ScriptedConnection } from '../support/scripted-connection.js';

function open() {
  const clock = new ManualClock();
  const connection = new ScriptedConnection(clock);
  const session = new Session(connection, clock, defaultTimings);
  /** What each statement was about, in order. */
  const asked: unknown[][] = [];
  const { announce, drawTerms, drawTermsAndAnnounce, unlock, unlockAndAnnounce } = connection;
  connection.announce = (announcements) => {
    asked.push(['announce', keys(announcements)]);
    return announce(announcements);
  };
  connection.drawTerms = (locks) => {
    asked.push(['draw', locks]);
    return drawTerms(locks);
  };
  connection.drawTermsAndAnnounce = (locks, announcements) => {
    asked.push(['draw', locks, keys(announcements)]);
    return drawTermsAndAnnounce(locks, announcements);
  };
  connection.unlock = (locks) => {
    asked.push(['unlock', locks]);
    return unlock(locks);
  };
  connection.unlockAndAnnounce = (locks, announcements) => {
    asked.push(['unlock', locks, keys(announcements)]);
    return unlockAndAnnounce(locks, announcements);
  };
  return { asked, connection, session, shared: session.shared };
}

const keys = (announcements: readonly Announcement[]) =>
  announcements.map((announcement) => ('key' in announcement ? announcement.key : undefined));

const resigned = (key: bigint): Announcement => ({ type: 'resigned', key, instanceId: 'one' });
const acquired = (key: bigint): Announcement => ({ type: 'acquired', key, instanceId: 'one' });

const hundred = Array.from({ length: 100 }, (_, index) => BigInt(index));

describe('statements that elections share', () => {
  it('draws the terms of a hundred elections in one statement, each with its announcement', async () => {
    const { asked, connection, shared } = open();
    connection.drawTermsAndAnnounce = (locks, announcements) => {
      asked.push(['draw', locks, keys(announcements)]);
      return Promise.resolve(locks.map((lock) => lock + 1_000n));
    };
    const drawn = await Promise.all(hundred.map((key) => shared.drawTerm(key, acquired(key))));
    expect(asked).toEqual([['draw', hundred, hundred]]);
    expect(drawn).toEqual(hundred.map((key) => ({ term: key + 1_000n, announced: true })));
  });

  it('draws the terms all the same, and says so, where nothing can be announced', async () => {
    const { asked, connection, shared } = open();
    connection.drawTermsAndAnnounce = () => Promise.resolve(undefined);
    const drawn = await Promise.all([1n, 2n].map((key) => shared.drawTerm(key, acquired(key))));
    expect(asked).toEqual([['draw', [1n, 2n]]]);
    expect(drawn).toEqual([
      { term: 1n, announced: false },
      { term: 1n, announced: false },
    ]);
  });

  it('puts what is asked for while a statement is under way into the next', async () => {
    const { asked, connection, shared } = open();
    connection.answering = false;
    const first = shared.unlock(1n, resigned(1n));
    await settle();
    const rest = [
      shared.unlock(2n, resigned(2n)),
      shared.announce([acquired(3n), acquired(4n)]),
      shared.unlock(5n),
    ];
    await settle();
    expect(asked).toEqual([['unlock', [1n], [1n]]]);
    connection.answering = true;
    connection.pending.answer();
    await Promise.all([first, ...rest]);
    expect(asked).toEqual([
      ['unlock', [1n], [1n]],
      ['unlock', [2n, 5n], [2n, 3n, 4n]],
    ]);
  });

  it('announces nothing where there is nothing to say, and frees nothing where there is nothing to free', async () => {
    const { asked, shared } = open();
    await Promise.all([shared.unlock(1n), shared.unlock(2n)]);
    await Promise.all([shared.announce([acquired(1n)]), shared.announce([acquired(2n)])]);
    expect(asked).toEqual([
      ['unlock', [1n, 2n]],
      ['announce', [1n, 2n]],
    ]);
  });

  it('frees all locks where nothing can be announced', async () => {
    const { asked, connection, shared } = open();
    connection.unlockAndAnnounce = () => Promise.resolve(false);
    await Promise.all([shared.unlock(1n, resigned(1n)), shared.unlock(2n, resigned(2n))]);
    expect(asked).toEqual([['unlock', [1n, 2n]]]);
  });

  it('rejects for all who wait when the session ends', async () => {
    const { session, shared } = open();
    const waiting = [
      shared.unlock(1n),
      shared.announce([acquired(2n)]),
      shared.drawTerm(3n, acquired(3n)),
    ];
    session.end('conn_lost');
    waiting.push(shared.unlock(4n));
    const outcomes = await Promise.allSettled(waiting);
    expect(outcomes.map(({ status }) => status)).toEqual(Array(4).fill('rejected'));
  });
});
