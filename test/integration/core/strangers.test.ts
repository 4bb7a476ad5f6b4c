import { describe, expect, it } from '@jest/globals';
import { electionKeys } from '../../../lib/core/postgres/lock-key.js';
import { candidate, type Candidate } from '../../support/candidate.js';
import { testDatabase } from '../../support/database.js';
import { fastTimings } from '../../support/fast-timings.js';
import { lockHolders } from '../../support/sessions.js';
import { insiderOf, strangerIn } from '../../support/stranger.js';

const database = await testDatabase();
const stranger = await strangerIn(database);
const insider = await insiderOf(database);

let elections = 0;

/** A leader and its heir, which has seen who leads. */
async function pair(takeover: 'fast' | 'strict' = 'fast') {
  const name = `election ${(elections += 1)}`;
  const options = { connection: database.url, name, takeover };
  const leader = await candidate('leader', options).elected();
  const heir = candidate('heir', options);
  await heir.until(
    () => heir.elector.role === 'heir' && heir.elector.leader?.instanceId === 'leader',
  );
  return { leader, heir, key: String(electionKeys(name).lock) };
}

/** Everything that instances tell each other, as somebody who does not hold the lock would forge it. */
function forgeries(key: string, instanceId: string): object[] {
  const moments = [0, 1.5, Date.now(), Date.UTC(2100, 0, 1), 8.64e15, -8.64e15];
  return [
    ...['acquired', 'resigned', 'resign-request', 'who-leads', 'roll-call'].map((type) => ({
      type,
      key,
      instanceId,
    })),
    ...moments.flatMap((moment) => [
      { type: 'stepping-down', key, instanceId, servedUntil: moment },
      { type: 'resigned', key, instanceId, servedUntil: moment },
      { type: 'elected', key, instanceId: 'stranger', term: '18446744073709551615', since: moment },
      { type: 'leading', key, instanceId: 'stranger', term: '0', since: moment },
    ]),
  ];
}

/** Lets so much be heard that a message would have had its effect. */
async function heard(by: Candidate): Promise<void> {
  const until = performance.now() + 3 * fastTimings.retryInterval;
  await by.until(() => performance.now() > until);
}

describe.each(['fast', 'strict'] as const)('a stranger in a fleet with takeover %s', (takeover) => {
  it('changes nothing, whatever it says', async () => {
    const { leader, heir, key } = await pair(takeover);
    const { leadership } = leader.elector;
    for (const instanceId of ['leader', 'heir', 'stranger', '__proto__'])
      await stranger.send(...forgeries(key, instanceId));
    await heard(heir);
    // Not `isLeader`: this machine may have stood still for longer than the lease just now.
    expect(leadership?.signal.aborted).toBe(false);
    expect(heir.elector.leader?.instanceId).toBe('leader');
    expect(heir.elector.role).toBe('heir');
    expect(await lockHolders(database)).toEqual(['leader']);
  });

  it('does not keep a successor from leading at once after a resignation', async () => {
    const { leader, heir, key } = await pair(takeover);
    await stranger.send(...forgeries(key, 'stranger'));
    const stopped = leader.stop();
    await stranger.send(...forgeries(key, 'stranger'));
    await stopped;
    await heir.elected();
    expect(heir.logged.join('\n')).not.toContain('Acquired the lock');
  });
});

describe('a request to resign', () => {
  const request = (key: string) => ({ type: 'resign-request', key, instanceId: 'leader' });

  it('is ignored when it comes from another role, and that is said once', async () => {
    const { leader, key } = await pair();
    for (let i = 0; i < 20; i += 1) await stranger.send(request(key));
    await heard(leader);
    expect(leader.elector.isLeader).toBe(true);
    const ignored = leader.logged.filter((line) => line.startsWith('Ignored a resign request'));
    expect(ignored).toHaveLength(1);
  });

  it('is obeyed when it comes from the role of the instance', async () => {
    const { leader, heir, key } = await pair();
    await insider.send(request(key));
    await leader.demoted('resigned');
    await heir.elected();
  });

  it('is obeyed when it comes from a member of that role, and from a superuser', async () => {
    const { leader, heir, key } = await pair();
    await database.query(`GRANT ${database.role} TO ${database.role}_stranger`);
    await stranger.send(request(key));
    await leader.demoted('resigned');
    await database.query(`REVOKE ${database.role} FROM ${database.role}_stranger`);
    await heir.elected();
    await leader.until(() => leader.elector.leader?.instanceId === 'heir');
    await database.query(`SELECT pg_notify('nestjs_leader_election', $1)`, [
      JSON.stringify({ v: 1, ...request(key), instanceId: 'heir' }),
    ]);
    await heir.demoted('resigned');
  });

  it('waits until a term has lasted for retryInterval', async () => {
    const { leader, heir, key } = await pair();
    const both = [leader, heir];
    const terms = () => both.reduce((sum, one) => sum + one.count('elected'), 0);
    const startedAt = performance.now();
    while (terms() < 4) {
      await insider.send(request(key), { ...request(key), instanceId: 'heir' });
      await new Promise((resolve) => setImmediate(resolve));
    }
    // Three hand-overs, the first of a leader that may have led for longer.
    expect(performance.now() - startedAt).toBeGreaterThan(2 * fastTimings.retryInterval);
  });
});
