import { describe, expect, it } from '@jest/globals';
import pg from 'pg';
import * as client from 'prom-client';
import { parse } from 'yaml';
import { PrometheusMetrics } from 'nestjs-leader-election/prometheus';
import type { ElectorOptions } from '../../lib/core/index.js';
import { electionKeys } from '../../lib/core/postgres/lock-key.js';
import { read } from '../../tooling/documentation.mjs';
import { ProxyLink } from '../../tooling/proxies/proxy-link.mjs';
import { candidate, type Candidate } from '../support/candidate.js';
import { testDatabase } from '../support/database.js';
import { Recording, type Alerts } from './recording.js';

const database = await testDatabase();
const anotherDatabase = await testDatabase();

interface Rules {
  readonly groups: readonly { readonly rules: readonly { readonly alert: string }[] }[];
}

const { groups } = parse(read('docs/monitoring/alerts.yaml')) as Rules;
const names = groups.flatMap(({ rules }) => rules.map(({ alert }) => alert));

/** Those that a test has seen to fire. */
const fired = new Set<string>();

/** An instance as Prometheus sees it. */
interface Scraped {
  readonly one: Candidate;
  readonly registry: client.Registry;
}

let elections = 0;
/** A function that starts instances of an election of its own. */
function election() {
  const name = `election ${(elections += 1)}`;
  const start = (instanceId: string, options: Partial<ElectorOptions> = {}): Scraped => {
    const registry = new client.Registry();
    const metrics = new PrometheusMetrics({ client, registry });
    const one = candidate(instanceId, { connection: database.url, name, metrics, ...options });
    return { one, registry };
  };
  return { name, start };
}

async function heir({ one }: Scraped): Promise<void> {
  await one.until(() => one.elector.role === 'heir');
}

function expectAlerts(recording: Recording, at: number, alerts: Alerts): void {
  recording.expectAlerts(names, at, alerts);
  for (const name of Object.keys(alerts)) fired.add(name);
}

describe('no alert fires', () => {
  it('while an instance leads, nor when a deploy replaces one after the other', async () => {
    const { start } = election();
    const a = start('a');
    await a.one.elected();
    const b = start('b');
    await heir(b);
    const observer = start('observer', { candidate: false });
    await observer.one.until(() => observer.one.elector.leader !== undefined);
    const recording = new Recording();
    await recording.scrape({ a: a.registry, b: b.registry, observer: observer.registry }, 20);
    await a.one.stop();
    await b.one.elected();
    await recording.scrape({ b: b.registry, observer: observer.registry }, 2);
    const c = start('c');
    await heir(c);
    await recording.scrape({ b: b.registry, c: c.registry, observer: observer.registry }, 2);
    await b.one.stop();
    await c.one.elected();
    await recording.scrape({ c: c.registry, observer: observer.registry }, 80);

    for (let at = 0; at < recording.seconds; at += 60) expectAlerts(recording, at, {});
  });
});

describe('LeaderElectionNobodyLeads', () => {
  const alert = (name: string, candidates: number): Alerts => ({
    LeaderElectionNobodyLeads: [
      {
        labels: { job: 'orders', election: name, severity: 'critical' },
        annotations: {
          summary: `No instance leads "${name}" of orders`,
          description:
            'No instance has led for more than a minute, so leader-only jobs do not run. Candidates scraped in the last ' +
            `15 minutes: ${candidates}. Check their logs, and run: npx nestjs-leader-election status`,
        },
      },
    ],
  });

  it('fires where somebody else holds the lock, until an instance leads', async () => {
    const { name, start } = election();
    const stranger = new pg.Client(database.url);
    await stranger.connect();
    await stranger.query('SELECT pg_advisory_lock($1)', [String(electionKeys(name).lock)]);
    const a = start('a');
    await heir(a);
    const recording = new Recording();
    await recording.scrape({ a: a.registry }, 20);
    await stranger.end();
    await a.one.elected();
    await recording.scrape({ a: a.registry }, 10);

    expectAlerts(recording, 45, {});
    expectAlerts(recording, 60, alert(name, 1));
    expectAlerts(recording, 285, alert(name, 1));
    expectAlerts(recording, 300, {});
  });

  it('fires where all instances are gone, and with them all that is scraped', async () => {
    const { name, start } = election();
    const a = start('a');
    await a.one.elected();
    const b = start('b');
    await heir(b);
    const recording = new Recording();
    await recording.scrape({ a: a.registry, b: b.registry }, 20);
    await a.one.stop();
    await b.one.stop();
    await recording.scrape({}, 80);

    expectAlerts(recording, 345, {});
    expectAlerts(recording, 360, alert(name, 2));
    expectAlerts(recording, 1_170, alert(name, 2));
    expectAlerts(recording, 1_260, {});
  });
});

describe('LeaderElectionSeveralLeaders', () => {
  it('fires where instances of a job use two databases', async () => {
    const { name, start } = election();
    const a = start('a');
    const b = start('b', { connection: anotherDatabase.url });
    await a.one.elected();
    await b.one.elected();
    const recording = new Recording();
    await recording.scrape({ a: a.registry, b: b.registry }, 20);

    expectAlerts(recording, 105, {});
    expectAlerts(recording, 120, {
      LeaderElectionSeveralLeaders: [
        {
          labels: { job: 'orders', election: name, severity: 'critical' },
          annotations: {
            summary: `2 instances lead "${name}" of orders`,
            description:
              'An election has one leader per database. Check that all instances use the same database. After a failover ' +
              'without fencing, there may be two primaries.',
          },
        },
      ],
    });
  });
});

describe('LeaderElectionTermsChangeTooOften', () => {
  it('fires where leaders are replaced again and again by fresh processes', async () => {
    const { name, start } = election();
    let leader = start('a');
    await leader.one.elected();
    let next = start('b');
    await heir(next);
    const scrape = (times: number) =>
      recording.scrape(
        { [leader.one.name]: leader.registry, [next.one.name]: next.registry },
        times,
      );
    const recording = new Recording();
    await scrape(60);
    for (let change = 0; change < 8; change += 1) {
      await leader.one.stop();
      await next.one.elected();
      // Under the name and the address of the one that is gone, as the next process of a pod.
      [leader, next] = [next, start(leader.one.name)];
      await heir(next);
      await scrape(4);
    }
    await scrape(40);

    const moved = (terms: number): Alerts => ({
      LeaderElectionTermsChangeTooOften: [
        {
          labels: { job: 'orders', election: name, severity: 'warning' },
          annotations: {
            summary: `The leadership of "${name}" of orders moves too often`,
            description:
              `${terms} terms began within 15 minutes. leader_election_losses_total shows why they ended. Terms that are ` +
              'missing there ended because the leader crashed.',
          },
        },
      ],
    });
    expectAlerts(recording, 1_020, {});
    expectAlerts(recording, 1_380, moved(8));
    expectAlerts(recording, 1_980, {});
  });
});

describe('LeaderElectionHeartbeatsSlow', () => {
  it('fires where the way to the server has become slow', async () => {
    const { start } = election();
    const link = await new ProxyLink(() => Number(new URL(database.url).port)).start();
    const registry = new client.Registry();
    let heartbeats = 0;
    const counter = {
      leaderStatusChanged: () => undefined,
      leaderAcquired: () => undefined,
      leaderLost: () => undefined,
      heartbeat: () => {
        heartbeats += 1;
      },
    };
    const { one } = start('a', {
      connection: link.through(database.url),
      heartbeatInterval: 50,
      renewDeadline: 6_000,
      leaseDuration: 10_000,
      metrics: [new PrometheusMetrics({ client, registry }), counter],
    });
    await one.elected();
    const beats = (count: number) => {
      const enough = heartbeats + count;
      return one.until(() => heartbeats >= enough);
    };
    const recording = new Recording(60);
    for (let minute = 0; minute < 6; minute += 1) {
      await beats(2);
      await recording.scrape({ a: registry });
    }
    await link.slow(550);
    for (let minute = 0; minute < 10; minute += 1) {
      await beats(1);
      await recording.scrape({ a: registry });
    }
    await one.stop();
    await link.stop();

    expectAlerts(recording, 300, {});
    expectAlerts(recording, 15 * 60, {
      LeaderElectionHeartbeatsSlow: [
        {
          labels: { job: 'orders', instance: 'a', severity: 'warning' },
          annotations: {
            summary: 'Heartbeats of a of orders are slow',
            description:
              'The slowest take 4.96s or more. The database is overloaded or far away, or the event loop of the instance ' +
              'is blocked. At renewDeadline (6 s), a leader is demoted.',
          },
        },
      ],
    });
  });
});

describe('LeaderElectionCandidateDisconnected', () => {
  it('fires for the candidate that has no connection, and for no observer', async () => {
    const { start } = election();
    const sealed = {
      connection: () => {
        throw new Error('the vault is sealed');
      },
    };
    const a = start('a');
    await a.one.elected();
    const b = start('b', sealed);
    const observer = start('observer', { ...sealed, candidate: false });
    for (const { one } of [b, observer]) await one.until(() => one.logged.length > 0);
    const recording = new Recording();
    await recording.scrape({ a: a.registry, b: b.registry, observer: observer.registry }, 20);

    expectAlerts(recording, 45, {});
    expectAlerts(recording, 60, {
      LeaderElectionCandidateDisconnected: [
        {
          labels: { job: 'orders', instance: 'b', candidate: 'true', severity: 'warning' },
          annotations: {
            summary: 'b of orders has no connection to the database',
            description:
              "It can't become leader, so one instance fewer can take over. Its log and its health endpoint show the reason.",
          },
        },
      ],
    });
  });
});

it('every alert was seen to fire', () => {
  expect([...fired].sort()).toEqual([...names].sort());
});
