import { describe, expect, it } from '@jest/globals';
import { sum } from 'simple-statistics';
import { getLeaderElectionToken, type LeaderElectionService } from 'nestjs-leader-election';
import { appsOn, type TestApp } from '../support/app.js';
import { testDatabase } from '../support/database.js';
import { sessions } from '../support/sessions.js';
import { eventually } from '../support/timeline.js';

const database = await testDatabase();
const startApp = appsOn(database);

const names = Array.from({ length: 9 }, (_, index) => `election ${index + 1}`);

/** An application that takes part in nine elections, and counts how often it was demoted. */
async function instance(instanceId: string, options: { spread?: boolean; candidate?: boolean }) {
  const app = await startApp(instanceId, { options: { elections: names, ...options } });
  const elections = names.map((name) =>
    app.get<LeaderElectionService>(getLeaderElectionToken(name)),
  );
  let demotions = 0;
  for (const election of elections) {
    election.events$.subscribe(({ type }) => {
      if (type === 'demoted') demotions += 1;
    });
  }
  return {
    app,
    elections,
    led: () => elections.filter(({ isLeader }) => isLeader).length,
    demotions: () => demotions,
  };
}

type Fleet = Awaited<ReturnType<typeof instance>>[];

const leads = (fleet: Fleet) => fleet.map(({ led }) => led());
const connected = ({ election }: TestApp) => election.status().connected;

describe('with spread', () => {
  it('nine elections settle on three instances that start one after the other, three each', async () => {
    const fleet: Fleet = [await instance('first', { spread: true })];
    await eventually(() => leads(fleet)[0] === 9);
    fleet.push(await instance('second', { spread: true }));
    fleet.push(await instance('third', { spread: true }));
    await eventually(() => leads(fleet).every((count) => count === 3));

    // And stay there: a fleet in balance is not shuffled.
    const moved = sum(fleet.map(({ demotions }) => demotions()));
    const balanced = Date.now();
    await eventually(() => Date.now() > balanced + 1_000);
    expect(leads(fleet)).toEqual([3, 3, 3]);
    expect(sum(fleet.map(({ demotions }) => demotions()))).toBe(moved);

    // What one leaves behind is shared by the others.
    const [first, second, third] = fleet as [Fleet[0], Fleet[0], Fleet[0]];
    await third.app.close();
    const rest = [first, second];
    await eventually(() => sum(leads(rest)) === 9 && Math.max(...leads(rest)) === 5);
  });

  it('an instance that only observes gets none, and hears of all', async () => {
    const leader = await instance('leader', { spread: true });
    await eventually(() => leader.led() === 9);
    const observer = await instance('observer', { spread: true, candidate: false });
    await eventually(() =>
      observer.elections.every((election) => election.leader?.instanceId === 'leader'),
    );
    const joined = Date.now();
    await eventually(() => Date.now() > joined + 1_000);
    expect({ led: observer.led(), demotions: leader.demotions() }).toEqual({
      led: 0,
      demotions: 0,
    });
    expect(observer.elections.map((election) => election.status().role)).toEqual(
      names.map(() => 'observer'),
    );
  });
});

describe('without spread', () => {
  it('the first one keeps all', async () => {
    const first = await instance('first', {});
    await eventually(() => first.led() === 9);
    const second = await instance('second', { spread: true });
    await eventually(() => connected(second.app));
    const joined = Date.now();
    await eventually(() => Date.now() > joined + 1_000);
    expect([first.led(), second.led()]).toEqual([9, 0]);
  });

  it('elections of one application may be led by different instances', async () => {
    const first = await instance('first', {});
    const [election] = first.elections as [LeaderElectionService];
    await eventually(() => first.led() === 9);
    const second = await instance('second', {});
    await eventually(() => second.elections.every(({ leader }) => leader?.instanceId === 'first'));
    await election.resign();
    await eventually(() => second.led() === 1);
    expect(first.led()).toBe(8);
    await eventually(() => election.leader?.instanceId === 'second');
  });
});

describe('many elections', () => {
  it('share one connection', async () => {
    const app = await instance('one', {});
    await eventually(() => app.led() === 9);
    expect(await sessions(database)).toEqual(['one']);
  });
});
