import { describe, expect, it } from '@jest/globals';
import type { LeaderElectionEvent } from 'nestjs-leader-election';
import type { Observable } from 'rxjs';
import { appsOn, SHORT_LEASE } from '../support/app.js';
import { testDatabase } from '../support/database.js';
import { endSession } from '../support/sessions.js';
import { eventually } from '../support/timeline.js';

const database = await testDatabase();
const startApp = appsOn(database);

/** What an observable has said, and whether it has completed. */
function follow<T>(observable: Observable<T>) {
  const said: T[] = [];
  const end = { completed: false };
  observable.subscribe({
    next: (value) => said.push(value),
    complete: () => (end.completed = true),
  });
  return { said, end };
}

const lifeOf = (events: readonly LeaderElectionEvent[]) =>
  events.filter(({ type }) => type !== 'leader-changed');

const leadersIn = (events: readonly LeaderElectionEvent[]) =>
  events.flatMap((event) => (event.type === 'leader-changed' ? [event.leader?.instanceId] : []));

describe('isLeader$', () => {
  it('says the current value first, then each change once, and completes at shutdown', async () => {
    const first = await startApp('first');
    const { said, end } = follow(first.election.isLeader$);
    await first.leads();
    await first.election.resign();
    await first.leads();

    await first.close();

    expect(said).toEqual([false, true, false, true, false]);
    expect(end.completed).toBe(true);
  });

  it('says true at once to whoever comes when this instance leads', async () => {
    const { election, leads } = await startApp('first');
    await leads();

    expect(follow(election.isLeader$).said).toEqual([true]);
  });

  it('says false and completes for whoever comes after the shutdown', async () => {
    const { election, close } = await startApp('first');
    await close();

    expect(follow(election.isLeader$)).toEqual({ said: [false], end: { completed: true } });
  });

  it('agrees with isLeader at every change', async () => {
    const { election, leads } = await startApp('first');
    const disagreements: boolean[] = [];
    election.isLeader$.subscribe((said) => said !== election.isLeader && disagreements.push(said));
    await leads();
    await election.resign();

    expect(disagreements).toEqual([]);
  });
});

describe('leader$', () => {
  it('follows the leadership from instance to instance, also on an instance that never leads', async () => {
    const observer = await startApp('observer', { options: { candidate: false } });
    await observer.hears('connection-restored');
    const { said, end } = follow(observer.election.leader$);
    const first = await startApp('first');
    await first.leads();
    await observer.knowsLeader('first');
    const second = await startApp('second');
    await second.waitsInLine();

    await first.election.resign();
    await observer.knowsLeader('second');
    await observer.close();

    const names = said.map((leader) => leader?.instanceId);
    expect(names).toEqual([undefined, 'first', undefined, 'second', undefined]);
    expect(end.completed).toBe(true);
  });

  it('tells an instance that joins later who leads, since when and in which term', async () => {
    const { term, since } = await (await startApp('first')).leads();

    const latecomer = await startApp('latecomer');
    await latecomer.knowsLeader('first');

    expect(latecomer.election.leader).toEqual({ instanceId: 'first', term, since });
    expect(follow(latecomer.election.leader$).said).toEqual([{ instanceId: 'first', term, since }]);
  });
});

describe('events$', () => {
  it('tells the whole life of a leader in order', async () => {
    const { events, leads, election, close } = await startApp('first');
    const leadership = await leads();
    await election.resign();
    await leads();
    await close();

    expect(lifeOf(events)).toMatchObject([
      { type: 'connection-restored' },
      { type: 'elected', leadership, election: 'default' },
      { type: 'demoted', leadership, reason: 'resigned' },
      { type: 'released', leadership, abandoned: [] },
      { type: 'elected' },
      { type: 'demoted', reason: 'shutdown' },
      { type: 'released', abandoned: [] },
    ]);
    expect(leadersIn(events)).toEqual(['first', undefined, 'first', undefined]);
    const times = events.map(({ at }) => at.getTime());
    expect(times).toEqual([...times].sort((a, b) => a - b));
  });

  it('tells every subscriber all of it in one order, also one that makes the leader resign', async () => {
    const { election, events, hears } = await startApp('first');
    let resigned: Promise<void> | undefined;
    election.events$.subscribe(({ type }) => {
      if (type === 'elected') resigned ??= election.resign();
    });
    const late = follow(election.events$);
    await hears('released');
    await resigned;

    const beforeLate = events.length - late.said.length;
    expect(late.said).toEqual(events.slice(beforeLate));
    expect(lifeOf(late.said).map(({ type }) => type)).toEqual(
      expect.arrayContaining(['elected', 'demoted', 'released']),
    );
  });

  it('tells of a connection that the server ended, and of the one that followed', async () => {
    const { election, events, leads } = await startApp('first', { options: SHORT_LEASE });
    const { signal } = await leads();

    await endSession(database, 'first');
    await eventually(() => signal.aborted && election.isLeader);

    const types = lifeOf(events).map(({ type }) => type);
    expect(types.slice(0, 3)).toEqual(['connection-restored', 'elected', 'demoted']);
    expect(new Set(types.slice(3, 5))).toEqual(new Set(['connection-lost', 'released']));
    expect(types.slice(5)).toEqual(['connection-restored', 'elected']);
    expect(events.find(({ type }) => type === 'demoted')).toMatchObject({ reason: 'conn_lost' });
    const lost = events.find(({ type }) => type === 'connection-lost');
    expect(lost).toMatchObject({
      error: { message: expect.stringMatching(/terminating connection/) },
    });
  });

  it('completes at shutdown', async () => {
    const { election, close } = await startApp('first');
    const { end } = follow(election.events$);

    await close();

    expect(end.completed).toBe(true);
    expect(follow(election.events$).end.completed).toBe(true);
  });
});
