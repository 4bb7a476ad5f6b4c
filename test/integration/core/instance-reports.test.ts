import { describe, expect, it } from '@jest/globals';
import { defaultTimings } from '../../../lib/core/model/timings.js';
import { electionKeys } from '../../../lib/core/postgres/lock-key.js';
import { parseReport } from '../../../lib/core/postgres/instance-report-codec.js';
import { CHANNEL, REPORT_CHANNEL } from '../../../lib/core/postgres/statements.js';
import { VERSION } from '../../../lib/core/version.js';
import { candidate, type Candidate } from '../../support/candidate.js';
import { testDatabase } from '../../support/database.js';
import { listener, type Listener } from '../../support/listener.js';
import { serverThatRewrites } from '../../support/postgres/rewriting-proxy.js';
import { eventually } from '../../support/timeline.js';

const database = await testDatabase();

const presence = JSON.stringify({ v: 1, type: 'roll-call' });
const whoLeads = JSON.stringify({ v: 1, type: 'who-leads' });

/** The answers so far of an instance. */
const answersOf = (asker: Listener, instanceId: string) =>
  asker.heard
    .filter(({ channel }) => channel === REPORT_CHANNEL)
    .map(({ payload, sender }) => ({ ...parseReport(payload)?.report, sender }))
    .filter((answer) => answer.instanceId === instanceId);

async function answerOf(asker: Listener, instanceId: string) {
  const before = answersOf(asker, instanceId).length;
  await asker.send(CHANNEL, [presence]);
  await eventually(() => answersOf(asker, instanceId).length > before);
  return answersOf(asker, instanceId).at(-1);
}

/** A leader, and the statements that it sends from now on, heartbeats left out. */
async function watchedLeader(name: string) {
  const sent: string[] = [];
  const connection = await serverThatRewrites(database.url, (sql) => {
    if (sql !== '') sent.push(sql);
    return sql;
  });
  const leader = await candidate(name, { ...defaultTimings, connection, name }).elected();
  const asker = await listener(database.url, [CHANNEL, REPORT_CHANNEL]);
  await answerOf(asker, name); // So all that follows an election has been said.
  sent.length = 0;
  leader.logged.length = 0;
  return { leader, asker, sent, term: leader.elector.leadership?.term };
}

const stillLeads = (leader: Candidate, term: bigint | undefined) => {
  expect(leader.elector.leadership?.term).toBe(term);
  expect(leader.journal).toEqual([`${leader.name} elected`]);
  expect(leader.logged).toEqual([]);
};

describe('the report of an instance', () => {
  it('is answered by leader, heir, standby and observer, each with what it is', async () => {
    const options = { connection: database.url, name: 'everybody' };
    const before = new Date();
    const leader = await candidate('leader', {
      ...options,
      address: 'http://10.0.0.1:3000',
    }).elected();
    const heir = candidate('heir', options);
    await heir.until(() => heir.elector.role === 'heir');
    candidate('standby', options);
    candidate('observer', { ...options, candidate: false });
    const asker = await listener(database.url, [REPORT_CHANNEL]);
    await asker.send(CHANNEL, [presence]);
    const names = ['leader', 'heir', 'standby', 'observer'];
    await eventually(async () => {
      if (names.every((name) => answersOf(asker, name).length > 0)) return true;
      await asker.send(CHANNEL, [presence]); // Some may still have been connecting.
      return false;
    });

    const key = electionKeys('everybody').lock;
    for (const name of names) {
      const answer = answersOf(asker, name).at(-1);
      expect(answer?.version).toBe(VERSION);
      expect(answer?.startedAt?.getTime()).toBeGreaterThanOrEqual(before.getTime());
      expect(answer?.lastHeartbeat?.getTime()).toBeGreaterThanOrEqual(before.getTime());
      expect(answer?.elections).toMatchObject([{ name: 'everybody', key, role: name }]);
    }
    const { leadership } = leader.elector;
    const [answer] = answersOf(asker, 'leader');
    expect(answer?.address).toBe('http://10.0.0.1:3000');
    expect(answer?.elections?.[0]).toMatchObject({
      term: leadership?.term,
      since: leadership?.since,
    });
    // The server says who answers: the process that holds the lock.
    const [session] = await database.query<{ pid: number }>(
      `SELECT pid FROM pg_stat_activity
        WHERE application_name = 'nestjs-leader-election leader' AND datname = current_database()`,
    );
    expect(answer?.sender).toBe(session?.pid);
  });

  it('is answered where only those listen who ask', async () => {
    const one = await candidate('quiet', { connection: database.url, name: 'quiet' }).elected();
    const asker = await listener(database.url, [REPORT_CHANNEL]);
    const everybody = await listener(database.url, [CHANNEL]);
    await answerOf(asker, one.name);
    await everybody.send(CHANNEL, ['the end']);
    await eventually(() => everybody.on(CHANNEL).includes('the end'));
    // Beside the question there may be the introduction of a leader that was elected just now.
    const heard = everybody.on(CHANNEL);
    expect(heard).toContain(presence);
    expect(heard.filter((payload) => payload.includes('"present"'))).toEqual([]);
  });

  it('is not asked for again and again: a flood of them is answered about twice a second', async () => {
    const { leader, asker, sent, term } = await watchedLeader('flooded');
    const startedAt = performance.now();
    const flood = (type: string) =>
      Array.from({ length: 3_000 }, (_, n) => JSON.stringify({ v: 1, type, n }));
    await asker.send(CHANNEL, flood('roll-call'));
    await asker.send(CHANNEL, flood('who-leads'));
    for (let more = 0; more < 100; more += 1) await asker.send(CHANNEL, [presence, whoLeads]);
    await answerOf(asker, leader.name);

    const most = Math.floor((performance.now() - startedAt) / 500) + 1;
    const introductions = asker.on(CHANNEL).filter((payload) => payload.includes('"leading"'));
    expect(answersOf(asker, leader.name).length - 1).toBeLessThanOrEqual(most);
    expect(introductions.length).toBeLessThanOrEqual(most);
    expect(sent.length).toBeLessThanOrEqual(2 * most);
    stillLeads(leader, term);
  });

  it('is heard behind a flood of malformed and huge notifications, which cause no statement at all', async () => {
    const { leader, asker, sent, term } = await watchedLeader('unmoved');
    const key = String(electionKeys('unmoved').lock);
    const kinds = [
      (n: number) => `${n}${'x'.repeat(7_900)}`,
      (n: number) => '['.repeat(7_000 + (n % 900)),
      (n: number) => JSON.stringify({ v: 1, type: `roll-call ${n}` }),
      (n: number) => JSON.stringify({ v: 2, type: 'roll-call', n }),
      (n: number) => JSON.stringify({ v: 1, type: 'resign-request', key, instanceId: n }),
      (n: number) => JSON.stringify({ v: 1, type: 'elected', key, instanceId: 'x', term: n }),
      (n: number) => JSON.stringify({ v: 1, type: 'present', n }),
    ];
    const flood = kinds.flatMap((kind) => Array.from({ length: 300 }, (_, n) => kind(n)));
    for (const channel of [CHANNEL, REPORT_CHANNEL]) await asker.send(channel, flood);
    await answerOf(asker, leader.name);
    expect(sent.filter((sql) => !sql.includes('pg_notify'))).toEqual([]);
    // The answer to the one question, and perhaps the introduction of a leader that was elected just now.
    expect(sent.length).toBeLessThanOrEqual(2);
    stillLeads(leader, term);
  });
});
