import { describe, expect, it } from '@jest/globals';
import { candidate, leaderOf, type Candidate } from '../../support/candidate.js';
import { testDatabase } from '../../support/database.js';
import { endSession, placeHolders, sessions } from '../../support/sessions.js';
import { eventually } from '../../support/timeline.js';

const database = await testDatabase();

let elections = 0;
/** An election of the test's own; looks come soon. */
const election = (maxCandidates: number) => ({
  connection: database.url,
  name: `election ${(elections += 1)}`,
  maxCandidates,
  reserveInterval: 400,
});

const fleet = (names: readonly string[], options: ReturnType<typeof election>) =>
  names.map((name) => candidate(name, options));

const withRole = (all: readonly Candidate[], role: string) =>
  all.filter(({ elector }) => elector.role === role);

/** All have found out what they are. */
async function settled(all: readonly Candidate[], maxCandidates: number): Promise<Candidate> {
  const leader = await leaderOf(all);
  await eventually(
    async () =>
      withRole(all, 'reserve').length === all.length - maxCandidates &&
      // Its place is free from an election on, and is found by the next try.
      withRole(all, 'heir').length === maxCandidates - 1 &&
      all.every(({ elector }) => elector.leader?.instanceId === leader.name),
  );
  return leader;
}

describe('a fleet with maxCandidates', () => {
  it('has so many sessions and no more, and everybody knows who leads', async () => {
    const all = fleet(['a', 'b', 'c', 'd', 'e', 'f'], election(2));
    await settled(all, 2);
    await eventually(async () => (await sessions(database)).length === 2); // Between two looks.
    const withSession = all.filter(({ elector }) => elector.role !== 'reserve');
    expect((await placeHolders(database)).sort()).toEqual(withSession.map(({ name }) => name));
    expect(all.map(({ elector }) => elector.role).sort()).toEqual([
      'heir',
      'leader',
      ...['reserve', 'reserve', 'reserve', 'reserve'],
    ]);
  });

  it('says once who is in reserve, however often it looks in', async () => {
    const options = election(1);
    await candidate('leader', options).elected();
    const reserve = candidate('reserve', { ...options, reserveInterval: 200 });
    await reserve.until(() => reserve.elector.role === 'reserve');
    let looks = 0;
    let wasThere = false;
    await eventually(async () => {
      const isThere = (await sessions(database)).includes('reserve');
      if (isThere && !wasThere) looks += 1;
      wasThere = isThere;
      return looks >= 2;
    });
    expect(reserve.logged.sort()).toEqual([
      expect.stringMatching(/^"election \d+" is led by leader in term \d+$/),
      'In reserve: all places are taken (maxCandidates: 1); checking in every 200 ms',
    ]);
  });

  it('fills the place of a candidate that stopped', async () => {
    const all = fleet(['a', 'b', 'c'], election(2));
    const leader = await settled(all, 2);
    const [reserve] = withRole(all, 'reserve');
    await leader.stop();
    await reserve?.until(() => ['heir', 'leader'].includes(reserve.elector.role));
    expect(reserve?.logged).toContain('Left the reserve: this instance has taken a place');
    expect(await placeHolders(database)).toHaveLength(2);
  });

  it('has a leader again when all candidates have stopped', async () => {
    const all = fleet(['a', 'b', 'c', 'd'], election(2));
    await settled(all, 2);
    const reserves = withRole(all, 'reserve');
    await Promise.all(all.filter((one) => !reserves.includes(one)).map((one) => one.stop()));
    await settled(reserves, 2);
    expect(reserves.map(({ elector }) => elector.role).sort()).toEqual(['heir', 'leader']);
  });

  it('has a leader again when the server ends the session of the only candidate', async () => {
    const all = fleet(['a', 'b', 'c'], election(1));
    const leader = await settled(all, 1);
    await endSession(database, leader.name);
    await leader.demoted('conn_lost');
    await settled(all, 1);
    expect(await placeHolders(database)).toHaveLength(1);
  });

  it('keeps its places from a fleet with other elections', async () => {
    const [one] = fleet(['one'], election(1));
    const [other] = fleet(['other'], election(1));
    await one?.elected();
    await other?.elected();
  });

  it('keeps the place of a leader through its transactions', async () => {
    const options = election(1);
    const [leader] = fleet(['leader'], options);
    await leader?.elected();
    await leader?.elector.leadership?.transaction(async ({ query }) => query('SELECT 1'));
    expect(await placeHolders(database)).toEqual(['leader']);
  });

  it('is observed by an instance that looks in', async () => {
    const options = election(1);
    const leader = candidate('leader', options);
    const observer = candidate('observer', { ...options, candidate: false });
    await leader.elected();
    await observer.until(() => observer.elector.leader?.instanceId === 'leader');
    await eventually(async () => !(await sessions(database)).includes('observer'));
    expect(observer.elector.role).toBe('observer');
    expect(observer.elector.leader).toMatchObject({ instanceId: 'leader' });
    await leader.stop();
    await observer.until(() => observer.elector.leader === undefined);
    expect(await placeHolders(database)).toEqual([]);
  });
});

describe('an instance in reserve', () => {
  it('forgets who leads and says so once when it can not look in, and looks in again later', async () => {
    const options = election(1);
    const leader = await candidate('leader', options).elected();
    let connection = database.url;
    const reserve = candidate('reserve', { ...options, connection: () => connection });
    await reserve.until(() => reserve.elector.leader !== undefined);
    await reserve.until(() => reserve.elector.role === 'reserve');
    connection = 'postgresql://127.0.0.1:1/nowhere';
    await reserve.until(() => reserve.elector.leader === undefined);
    expect(reserve.elector.role).toBe('standby');
    connection = database.url;
    await reserve.until(() => reserve.elector.leader?.instanceId === leader.name);
    await reserve.until(() => reserve.elector.role === 'reserve');
    const failures = reserve.logged.filter((line) => line.startsWith("Can't connect"));
    expect(failures).toHaveLength(1);
  });

  it('stops at once, whether it rests or looks in', async () => {
    const options = { ...election(1), reserveInterval: 86_400_000 };
    await candidate('leader', options).elected();
    const reserve = candidate('reserve', options);
    await reserve.until(() => reserve.elector.role === 'reserve');
    await reserve.stop();
    const looking = candidate('looking', options);
    await looking.stop();
    expect([reserve, looking].map(({ elector }) => elector.role)).toEqual(['stopped', 'stopped']);
  });
});
