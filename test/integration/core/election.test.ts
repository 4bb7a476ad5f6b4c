import { describe, expect, it } from '@jest/globals';
import pg from 'pg';
import { Elector } from '../../../lib/core/index.js';
import { candidate, leaderOf, type Journal } from '../../support/candidate.js';
import { testDatabase } from '../../support/database.js';
import { endSession } from '../../support/sessions.js';
import { eventually } from '../../support/timeline.js';

const database = await testDatabase();
const connection = database.url;

let elections = 0;
/** An election of the test's own. */
const election = () => ({ connection, name: `election ${(elections += 1)}` });

/** Resolves when a candidate has asked the server for the lock so many times more. */
async function triesOf(instanceId: string, count: number): Promise<void> {
  const seen = new Set<string>();
  while (seen.size <= count) {
    const [row] = await database.query<{ last: string }>(
      `SELECT query_start::text AS last FROM pg_stat_activity
        WHERE datname = current_database() AND application_name = $1`,
      [`nestjs-leader-election ${instanceId}`],
    );
    if (row) seen.add(row.last);
  }
}

describe('an election', () => {
  it('has one leader among three candidates', async () => {
    const options = election();
    const all = ['a', 'b', 'c'].map((name) => candidate(name, options));
    const leader = await leaderOf(all);
    const heir = all.find((one) => one !== leader);
    await heir?.until(() => all.some(({ elector }) => elector.role === 'heir'));
    expect(all.map(({ elector }) => elector.role).sort()).toEqual(['heir', 'leader', 'standby']);
  });

  it('goes to the heir when the leader stops, and only after its duties have stopped', async () => {
    const options = election();
    const journal: Journal = [];
    let finish: () => void = () => undefined;
    const first = candidate(
      'first',
      { ...options, onDemoted: () => new Promise<void>((resolve) => (finish = resolve)) },
      journal,
    );
    await first.elected();
    const second = candidate('second', options, journal);
    await second.until(() => second.elector.role === 'heir');

    const stopped = first.stop();
    await first.demoted('shutdown');
    await triesOf('second', 10);
    expect(second.elector.isLeader).toBe(false);
    finish();
    await second.elected();
    await stopped;
    expect(journal.slice(0, 4)).toEqual([
      'first elected',
      'first demoted shutdown',
      'first stopped',
      'second elected',
    ]);
  });

  it('goes to another when the backend of the leader is terminated', async () => {
    const options = election();
    const first = await candidate('first', options).elected();
    const second = candidate('second', options);
    await second.until(() => second.elector.role === 'heir');
    await endSession(database, 'first');
    await first.demoted('conn_lost');
    await second.elected();
    // The deposed leader comes back as a candidate.
    await first.until(() => first.elector.role === 'heir');
    expect(first.elector.isLeader).toBe(false);
  });

  it('draws a greater term for every leadership', async () => {
    const options = election();
    const terms: bigint[] = [];
    for (const name of ['a', 'b', 'c']) {
      const one = await candidate(name, options).elected();
      terms.push(one.elector.leadership?.term ?? 0n);
      await one.stop();
    }
    expect(terms).toEqual([...terms].sort((a, b) => Number(a - b)));
    expect(new Set(terms).size).toBe(3);
  });

  it('aborts the signal of the leadership with the reason', async () => {
    const one = await candidate('one', election()).elected();
    const signal = one.elector.leadership?.signal;
    await one.stop();
    expect(signal?.aborted).toBe(true);
    expect(signal?.reason).toMatchObject({ name: 'LeadershipLostError', reason: 'shutdown' });
    expect(one.elector.leadership).toBeUndefined();
    expect(one.elector.role).toBe('stopped');
  });

  it('leaves no lock and no connection behind', async () => {
    const one = await candidate('leaves', election()).elected();
    await one.stop();
    // The server ends a session a moment after it was told.
    await eventually(async () => {
      const held = await database.query(
        `SELECT FROM pg_locks l JOIN pg_stat_activity a USING (pid)
          WHERE l.locktype = 'advisory' AND a.application_name = 'nestjs-leader-election leaves'`,
      );
      return held.length === 0;
    });
  });

  it('is led by a candidate that contends with a given key, against an elector written elsewhere', async () => {
    const elsewhere = new pg.Client(connection);
    await elsewhere.connect();
    await elsewhere.query('SELECT pg_advisory_lock(42)');
    const one = candidate('one', { connection, lockKey: 42n });
    await one.until(() => one.elector.role === 'heir');
    await elsewhere.end();
    await one.elected();
  });

  it('is only observed by an instance that is no candidate', async () => {
    const options = election();
    const observer = candidate('observer', { ...options, candidate: false });
    const leader = await candidate('leader', options).elected();
    await observer.until(() => observer.elector.leader?.instanceId === 'leader');
    expect(observer.elector.role).toBe('observer');
    await leader.stop();
    await observer.until(() => observer.elector.leader === undefined);
    expect(observer.count('elected')).toBe(0);
  });
});

describe('a candidate', () => {
  it('ends although the function that gives the connection never comes back', async () => {
    let calls = 0;
    const never = () => new Promise<string>(() => void (calls += 1));
    const one = candidate('one', { connection: never });
    await one.until(() => calls >= 2); // It gives up on one call and tries another.
    await one.stop();
    expect(one.logged.join('\n')).toContain('The connection attempt timed out after 600 ms');
  });

  it('takes fresh credentials from a function at every connect', async () => {
    const connections = ['postgresql://127.0.0.1:1/nowhere', connection];
    const one = candidate('one', {
      ...election(),
      connection: () => connections.shift() ?? connection,
    });
    await one.elected();
    expect(connections).toEqual([]);
  });

  it('is not told that it was demoted from duties that were never begun', async () => {
    const stop = new AbortController();
    const calls: string[] = [];
    const elector = new Elector({
      ...election(),
      metrics: {
        leaderStatusChanged: () => undefined,
        leaderAcquired: () => {
          stop.abort();
        },
        leaderLost: (reason) => calls.push(`lost ${reason}`),
      },
      onElected: () => calls.push('elected'),
      onDemoted: () => calls.push('demoted'),
    });
    await elector.run(stop.signal);
    expect(calls).toEqual(['lost shutdown']);
  });
});

describe('who leads', () => {
  it('is told that it was demoted also by an onElected that stops it in its first instruction', async () => {
    const journal: Journal = [];
    const stop = new AbortController();
    const elector = new Elector({
      ...election(),
      onElected: () => {
        journal.push('elected');
        stop.abort();
      },
      onDemoted: (reason) => journal.push(`demoted ${reason}`),
    });
    await elector.run(stop.signal);
    expect(journal).toEqual(['elected', 'demoted shutdown']);
  });

  it('is not changed by an onElected that was abandoned and returns in the next term', async () => {
    let terms = 0;
    let comeBack: () => void = () => undefined;
    const first = candidate('first', {
      ...election(),
      stopTimeout: 50,
      onElected: () =>
        (terms += 1) === 1 ? new Promise<void>((resolve) => (comeBack = resolve)) : undefined,
      onDemoted: () => (terms > 1 ? new Promise<void>(() => undefined) : undefined),
    });
    await first.elected();
    await endSession(database, 'first');
    await first.elected(2);
    comeBack();
    await new Promise(setImmediate);
    const entries = ['elected', 'demoted conn_lost', 'stopped', 'elected'];
    expect(first.journal).toEqual(entries.map((entry) => `first ${entry}`));
    expect(first.logged.at(-1)).toMatch(/^Leading /);

    await first.stop();
    expect(first.logged.at(-1)).toMatch(/still running: onDemoted$/);
  });

  it('is known to a candidate that joins later, with the term and the address', async () => {
    const options = election();
    const leader = candidate('leader', { ...options, address: 'http://127.0.0.1:1' });
    await leader.elected();
    const late = candidate('late', options);
    await late.until(() => late.elector.leader !== undefined);
    expect(late.elector.leader).toEqual({
      instanceId: 'leader',
      term: leader.elector.leadership?.term,
      since: leader.elector.leadership?.since,
      address: 'http://127.0.0.1:1',
    });
  });

  it('is announced to those who wait', async () => {
    const options = election();
    const first = await candidate('first', options).elected();
    const waiting = candidate('waiting', { ...options, candidate: false });
    await waiting.until(() => waiting.elector.leader?.instanceId === 'first');
    const second = candidate('second', options);
    await first.stop();
    await second.elected();
    await waiting.until(() => waiting.elector.leader?.instanceId === 'second');
  });

  it('is not changed by malformed or foreign notifications', async () => {
    const options = election();
    const leader = await candidate('leader', options).elected();
    const standby = candidate('standby', options);
    await standby.until(() => standby.elector.leader !== undefined);
    for (const payload of ['', '{', 'null', '{"v":1,"type":"resigned"}', 'x'.repeat(7_000)]) {
      await database.query(`SELECT pg_notify('nestjs_leader_election', $1)`, [payload]);
    }
    await leader.stop();
    await standby.elected();
  });
});

describe('an instance whose onElected fails', () => {
  it('steps down, says why, and lets another lead', async () => {
    const options = election();
    const journal: Journal = [];
    const poisoned = candidate(
      'poisoned',
      { ...options, onElected: () => Promise.reject(new Error('no disk')) },
      journal,
    );
    await poisoned.demoted('error');
    const sound = await candidate('sound', options, journal).elected();
    expect(poisoned.elector.isLeader).toBe(false);
    expect(sound.elector.isLeader).toBe(true);
    expect(poisoned.logged.join('\n')).toContain('no disk');
  });

  it('keeps its back-off, whoever else is elected meanwhile', async () => {
    const options = { ...election(), retryInterval: 50 };
    const times = new Map<string, number[]>([
      ['a', []],
      ['b', []],
    ]);
    const all = [...times].map(([name, elected]) =>
      candidate(name, {
        ...options,
        onElected: () => {
          elected.push(performance.now());
          throw new Error('no disk');
        },
      }),
    );
    const [a] = all;
    await a?.until(() => [...times.values()].every((elected) => elected.length >= 3));
    for (const [first = 0, second = 0, third = 0] of times.values()) {
      expect(second - first).toBeGreaterThan(0.8 * 2 * options.retryInterval);
      expect(third - second).toBeGreaterThan(0.8 * 4 * options.retryInterval);
    }
  });

  it('does not contend for longer each time when nobody else can lead', async () => {
    const times: number[] = [];
    const poisoned = candidate('poisoned', {
      ...election(),
      retryInterval: 50,
      onElected: () => {
        times.push(performance.now());
        throw new Error('no disk');
      },
    });
    await poisoned.until(() => times.length >= 4);
    const [first = 0, second = 0, third = 0] = times.slice(1).map((at, i) => at - (times[i] ?? 0));
    expect(second).toBeGreaterThan(first);
    expect(third).toBeGreaterThan(second);
    await poisoned.until(() => poisoned.count('stopped') === poisoned.count('elected'));
  });
});
