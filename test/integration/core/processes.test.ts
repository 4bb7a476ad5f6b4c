import { describe, expect, it } from '@jest/globals';
import { EmbeddedServer } from '../../../tooling/embedded-postgres/embedded-server.mjs';
import { testDatabase } from '../../support/database.js';
import { fastTimings } from '../../support/fast-timings.js';
import {
  electorProcesses,
  monotonicNow,
  type ElectorProcess,
} from '../../support/processes/elector-process.js';

const database = await testDatabase();
const start = await electorProcesses();

let elections = 0;
/** The options of an election of the test's own. */
const election = () => ({
  ...fastTimings,
  connection: database.url,
  name: `election ${(elections += 1)}`,
});

/** A leader and its heir, each in a process of its own. */
async function leaderAndHeir(): Promise<[ElectorProcess, ElectorProcess]> {
  const options = election();
  const leader = start({ ...options, instanceId: 'leader' });
  await leader.report('elected');
  const heir = start({ ...options, instanceId: 'heir' });
  await heir.report('started');
  await heirHolds(2);
  return [leader, heir];
}

/** Waits until so many advisory locks are held: the leader's and the heir's. */
async function heirHolds(locks: number): Promise<void> {
  for (;;) {
    const held = await database.query(
      `SELECT FROM pg_locks WHERE locktype = 'advisory' AND database =
         (SELECT oid FROM pg_database WHERE datname = current_database())`,
    );
    if (held.length >= locks) return;
  }
}

describe('processes', () => {
  it('have a new leader when the leader is killed', async () => {
    const [leader, heir] = await leaderAndHeir();
    leader.signal('SIGKILL');
    const elected = await heir.report('elected');
    expect(Number(elected.term)).toBeGreaterThan(Number(leader.reports.find((r) => r.term)?.term));
  });

  it('have a new leader when the leader is asked to stop, which then ends by itself', async () => {
    const [leader, heir] = await leaderAndHeir();
    await leader.stop();
    await heir.report('elected');
    expect(leader.exitCode).toBe(0);
    expect((await leader.report('demoted')).reason).toBe('shutdown');
  });

  it('have a new leader when the leader freezes, and the thawed one does nothing any more', async () => {
    const [leader, heir] = await leaderAndHeir();
    leader.signal('SIGSTOP');
    await heir.report('elected');
    const thawed = monotonicNow();
    leader.signal('SIGCONT');
    await leader.report('demoted');
    const acted = leader.reports.filter(({ what, at }) => what === 'acted' && at > thawed);
    expect(acted).toEqual([]);
  });

  it('keep their leader over a freeze that is shorter than the lease', async () => {
    const [leader, heir] = await leaderAndHeir();
    leader.signal('SIGSTOP');
    const until = monotonicNow() + 0.4 * fastTimings.renewDeadline;
    while (monotonicNow() < until) await new Promise((resolve) => setImmediate(resolve));
    leader.signal('SIGCONT');
    await leader.report('acted', until);
    expect(heir.isLeader).toBe(false);
    expect(leader.reports.filter(({ what }) => what === 'demoted')).toEqual([]);
  });

  it('survive a restart and a crash of the server, and have one leader again each time', async () => {
    const server = await new EmbeddedServer().start();
    try {
      const options = { ...election(), connection: server.url };
      const all = ['a', 'b', 'c'].map((instanceId) => start({ ...options, instanceId }));
      for (const mode of ['fast', 'immediate'] as const) {
        const before = await Promise.any(all.map((one) => one.report('elected')));
        const leader = all.find((one) => one.reports.includes(before));
        const since = monotonicNow();
        await server.restart(mode);
        expect((await leader?.report('demoted', since))?.reason).toBe('conn_lost');
        await Promise.any(all.map((one) => one.report('elected', since)));
        all.forEach((one) => one.forgetUntil(since));
      }
      expect(all.filter((one) => one.isLeader)).toHaveLength(1);
      expect(all.map((one) => one.exitCode)).toEqual([null, null, null]);
      await Promise.all(all.map((one) => one.stop()));
      expect(all.map((one) => one.exitCode)).toEqual([0, 0, 0]);
    } finally {
      await server.stop();
    }
  });

  it('have no second leader when a backend crashes and takes the lock of a frozen leader along', async () => {
    const server = await new EmbeddedServer().start();
    try {
      const renewDeadline = 2_000;
      const timings = { renewDeadline, leaseDuration: 3_000 };
      const options = { ...election(), ...timings, connection: server.url };
      const leader = start({ ...options, instanceId: 'leader' });
      await leader.report('elected');
      const frozenAt = monotonicNow();
      leader.signal('SIGSTOP');
      await server.crashBackend();
      // It finds the lock free, and a postmaster that is older than anybody's trust.
      const newcomer = start({ ...options, instanceId: 'newcomer' });
      const elected = await newcomer.report('elected');
      expect(elected.at - frozenAt).toBeGreaterThan(renewDeadline);
      leader.signal('SIGCONT');
      await leader.report('demoted');
      expect(leader.reports.filter(({ what, at }) => what === 'acted' && at > elected.at)).toEqual(
        [],
      );
    } finally {
      await server.stop();
    }
  });
});
