import { createRequire } from 'node:module';
import { describe, expect, it, jest } from '@jest/globals';
import { Controller, Get, type INestApplication } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import {
  HealthCheck,
  HealthCheckService,
  HealthIndicatorService,
  TerminusModule,
} from '@nestjs/terminus';
import pg from 'pg';
import * as client from 'prom-client';
import {
  InvalidOptionError,
  LeaderElectionModule,
  LeaderElectionService,
  type MetricsSink,
} from 'nestjs-leader-election';
import { OpenTelemetryMetrics } from 'nestjs-leader-election/opentelemetry';
import { PrometheusMetrics } from 'nestjs-leader-election/prometheus';
import { LeaderElectionHealthIndicator } from 'nestjs-leader-election/terminus';
import { deferred } from '../../lib/core/time/wait.js';
import { EmbeddedServer } from '../../tooling/embedded-postgres/embedded-server.mjs';
import { appsOn, closedAfterwards } from '../support/app.js';
import { log } from '../support/collected-log.js';
import { testDatabase } from '../support/database.js';
import { recordingMeter } from '../support/recording-meter.js';
import { endSession } from '../support/sessions.js';
import { eventually } from '../support/timeline.js';

const database = await testDatabase();
const elsewhere = await testDatabase();
const startApp = appsOn(database);

@Controller('health')
class HealthController {
  constructor(
    private readonly health: HealthCheckService,
    private readonly election: LeaderElectionHealthIndicator,
  ) {}

  @Get()
  @HealthCheck()
  check() {
    return this.health.check([() => this.election.isHealthy('leader-election')]);
  }
}

/** An application with a health endpoint. */
async function healthApp(instanceId: string, options: object) {
  class App {}
  const module = {
    module: App,
    imports: [
      TerminusModule.forRoot({ logger: false }),
      LeaderElectionModule.forRoot({
        connection: database.url,
        instanceId,
        heirInterval: 20,
        ...options,
      }),
    ],
    controllers: [HealthController],
    providers: [LeaderElectionHealthIndicator],
  };
  const app = await NestFactory.create<INestApplication>(module as never, {
    logger: log,
    abortOnError: false,
  });
  closedAfterwards(app);
  await app.listen(0, '127.0.0.1');
  const url = await app.getUrl();
  return {
    app,
    election: app.get(LeaderElectionService),
    health: async () => {
      const response = await fetch(`${url}/health`);
      const body = (await response.json()) as { details: Record<string, Record<string, unknown>> };
      return { code: response.status, result: body.details['leader-election'] };
    },
  };
}

/** Terminus 11 knows only up and down. */
const IMPAIRED = 'degraded' in new HealthIndicatorService().check('any') ? 'degraded' : 'up';

describe('the health of an instance', () => {
  it('is up as the leader and as a standby', async () => {
    const first = await healthApp('first', {});
    const { term } = await first.election.whenLeader();
    const second = await healthApp('second', {});
    await eventually(() => second.election.leader?.instanceId === 'first');

    expect(await first.health()).toMatchObject({
      code: 200,
      result: {
        status: 'up',
        election: 'default',
        role: 'leader',
        term: String(term),
        leader: 'first',
        millisecondsSinceHeartbeat: expect.any(Number),
      },
    });
    expect(await second.health()).toMatchObject({
      code: 200,
      result: { status: 'up', leader: 'first' },
    });
  });

  it('is degraded without a connection, and down when that lasts for longer than a lease', async () => {
    const server = await new EmbeddedServer().start();
    try {
      const timings = { heartbeatInterval: 100, renewDeadline: 600, leaseDuration: 3_000 };
      const { election, health } = await healthApp('one', { connection: server.url, ...timings });
      await eventually(() => election.status().connected);
      await server.halt('immediate');
      await eventually(() => !election.status().connected);
      const { code, result } = await health();
      expect({ code, status: result?.['status'] }).toEqual({ code: 200, status: IMPAIRED });
      expect(result?.['message']).toMatch(/^No connection to the database for \d s/);
      await eventually(async () => (await health()).code === 503);
      const down = await health();
      expect(down.result).toMatchObject({ status: 'down', role: 'standby' });
      expect(JSON.stringify(down)).not.toContain(new URL(server.url).password);
    } finally {
      await server.stop();
    }
  });
});

describe('the health of a leader whose server does not answer any more', () => {
  it('is down as soon as the lease is not confirmed, and stays so', async () => {
    const server = await new EmbeddedServer().start();
    const timings = { heartbeatInterval: 100, renewDeadline: 600, leaseDuration: 1_000 };
    const { app, election, health } = await healthApp('one', {
      connection: server.url,
      ...timings,
    });
    await election.whenLeader();
    const frozen = await freeze(server);
    try {
      // As a process that is frozen itself: nothing runs here, no timer either.
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, timings.renewDeadline + 100);

      const first = app.get(LeaderElectionHealthIndicator).isHealthy('leader-election');

      expect(first['leader-election']).toMatchObject({
        status: 'down',
        role: 'leader',
        message: "This instance leads, but can't confirm its lease",
      });
      await eventually(async () => (await health()).result?.['role'] === 'standby');
      await eventually(async () => (await health()).code === 503);
      const { result } = await health();
      expect(result).toMatchObject({ status: 'down', role: 'standby' });
      expect(result?.['message']).toMatch(/^No connection to the database for \d+ s/);
    } finally {
      frozen.thaw();
      await app.close();
      await server.stop();
    }
  });
});

/** Keeps the server from answering, whoever is connected and whoever connects; their connections stay open. */
async function freeze(server: EmbeddedServer) {
  const client = new pg.Client(server.url);
  await client.connect();
  const { rows } = await client.query<{ pid: number }>(
    `SELECT pid FROM pg_stat_activity WHERE application_name LIKE 'nestjs-leader-election %'`,
  );
  await client.end();
  const signal = (name: NodeJS.Signals) => {
    for (const pid of [server.pid as number, ...rows.map((row) => row.pid)])
      process.kill(pid, name);
  };
  signal('SIGSTOP');
  return {
    thaw: () => {
      signal('SIGCONT');
    },
  };
}

describe('Prometheus', () => {
  it('scrapes who leads, terms, losses by reason, heartbeats and failovers', async () => {
    const registry = new client.Registry();
    const metrics = new PrometheusMetrics({ client, registry });
    const first = await startApp('first');
    await first.leads();
    const second = await startApp('second', { options: { metrics, heartbeatInterval: 50 } });
    await second.waitsInLine();
    const before = await registry.metrics();
    expect(before).toMatch('leader_election_is_leader{election="default"} 0');
    expect(before).toMatch('leader_election_terms_total{election="default"} 0');
    expect(before).toMatch('leader_election_losses_total{election="default",reason="error"} 0');
    expect(before).toMatch('leader_election_connection_losses_total 0');
    expect(before).toMatch('leader_election_disconnected_instances{candidate="true"} 0');

    await first.close();
    await second.leads();
    await eventually(async () =>
      /heartbeat_duration_seconds_count [1-9]/.test(await registry.metrics()),
    );
    const scraped = await registry.metrics();
    expect(scraped).toMatch('leader_election_is_leader{election="default"} 1');
    expect(scraped).toMatch('leader_election_terms_total{election="default"} 1');
    expect(scraped).toMatch(
      'leader_election_failover_duration_seconds_count{election="default"} 1',
    );
    expect(scraped).toMatch('# TYPE leader_election_heartbeat_duration_seconds histogram');

    await endSession(database, 'second');
    await second.hears('demoted');
    await second.hears('connection-lost');
    const after = await registry.metrics();
    expect(after).toMatch('leader_election_is_leader{election="default"} 0');
    expect(after).toMatch('leader_election_losses_total{election="default",reason="conn_lost"} 1');
    expect(after).toMatch('leader_election_connection_losses_total 1');
  });

  it('counts what is of the connection once, however many elections live on it', async () => {
    const registry = new client.Registry();
    const elections = Array.from({ length: 10 }, (_, index) => `election ${index}`);
    const metrics = [new PrometheusMetrics({ client, registry }), new HeartbeatCounter()] as const;
    const { close } = await startApp('app', {
      options: { elections, metrics, heartbeatInterval: 50 },
    });
    const terms = (count: number) =>
      eventually(async () => (await sumOf(registry, 'terms_total')) === count);
    await terms(10);
    await eventually(() => metrics[1].heartbeats > 0);
    await endSession(database, 'app');
    await terms(20);
    await close();

    expect(await sumOf(registry, 'heartbeat_duration_seconds_count')).toBe(metrics[1].heartbeats);
    expect(await sumOf(registry, 'connection_losses_total')).toBe(1);
  });

  it('shows who has no connection, and no longer when that instance has stopped', async () => {
    const registry = new client.Registry();
    const metrics = new PrometheusMetrics({ client, registry });
    const connection = () => {
      throw new Error('the vault is sealed');
    };
    const candidate = await startApp('candidate', { options: { connection, metrics } });
    const observer = await startApp('observer', {
      options: { connection, metrics, candidate: false },
    });
    const another = await startApp('another', { options: { metrics } });
    await eventually(() => another.election.status().connected);
    await candidate.hears('connection-lost');
    await observer.hears('connection-lost');
    const disconnected = 'leader_election_disconnected_instances';
    const scraped = await registry.metrics();
    expect(scraped).toMatch(`${disconnected}{candidate="true"} 1`);
    expect(scraped).toMatch(`${disconnected}{candidate="false"} 1`);

    await candidate.close();
    expect(await registry.metrics()).toMatch(`${disconnected}{candidate="true"} 0`);
  });
});

describe("the application's prom-client", () => {
  const context = { election: 'default', instanceId: 'one', term: 1n };

  it('has the metrics in its default registry', async () => {
    new PrometheusMetrics({ client }).leaderAcquired(context);

    expect(await client.register.metrics()).toMatch(
      'leader_election_terms_total{election="default"} 1',
    );
  });

  it('has them in the registry that is given instead', async () => {
    const registry = new client.Registry();
    new PrometheusMetrics({ client, registry, prefix: 'mine_' }).leaderAcquired(context);

    expect(await registry.metrics()).toMatch('mine_terms_total{election="default"} 1');
    expect(await client.register.metrics()).not.toMatch('mine_');
  });

  it('may be one of several copies, of which one has the registry', async () => {
    const another = anotherCopyOfClient();
    expect(another.register).not.toBe(client.register);
    const options = { client: another, registry: client.register, prefix: 'copied_' };
    new PrometheusMetrics(options).leaderAcquired(context);

    expect(await client.register.metrics()).toMatch('copied_terms_total{election="default"} 1');
  });

  it.each([
    [undefined, "`client` must be the application's prom-client, as in `import * as client from"],
    [{}, "`client` must be the application's prom-client"],
    [{ client: client.register }, "`client` must be the application's prom-client"],
    [null, '`options` must be an object; given: null'],
    [{ client, register: client.register }, '`register` must be omitted: there is no such option'],
    [{ client, registry: client }, '`registry` must be a prom-client Registry'],
    [
      { client, prefix: '1-' },
      "`prefix` must be a string of letters, digits, _ and : that does not begin with a digit; given: '1-'",
    ],
    [
      { client, heartbeatBuckets: 1 },
      '`heartbeatBuckets` must be an array of numbers in strictly ascending order; given: 1',
    ],
    [{ client, failoverBuckets: [2, 1] }, '`failoverBuckets` must be an array of numbers'],
    [{ client, failoverBuckets: ['1'] }, '`failoverBuckets` must be an array of numbers'],
    [{ client, failoverBuckets: [NaN] }, '`failoverBuckets` must be an array of numbers'],
  ] as [never, string][])('is not to be had from %p', (options, message) => {
    const make = () => new PrometheusMetrics(options);

    expect(make).toThrow(InvalidOptionError);
    expect(make).toThrow(message);
  });
});

/** As a bundler or a package manager may make one. */
function anotherCopyOfClient(): typeof client {
  const require = createRequire(import.meta.url);
  let copy: unknown;
  jest.isolateModules(() => {
    copy = require('prom-client');
  });
  return copy as typeof client;
}

/** Counts as simply as can be. */
class HeartbeatCounter implements MetricsSink {
  heartbeats = 0;

  heartbeat() {
    this.heartbeats += 1;
  }

  leaderStatusChanged() {}
  leaderAcquired() {}
  leaderLost() {}
}

/** What `sum()` says, over everything that has the name. */
async function sumOf(registry: client.Registry, name: string): Promise<number> {
  const samples = (await registry.getMetricsAsJSON()).flatMap(({ name: metric, values }) =>
    values.map((value) => ({ name: 'metricName' in value ? value.metricName : metric, ...value })),
  );
  return samples
    .filter((sample) => sample.name === `leader_election_${name}`)
    .reduce((sum, { value }) => sum + value, 0);
}

describe('Prometheus with one registry for two applications of a process', () => {
  it('counts both in the same metrics, and how many of them lead', async () => {
    const registry = new client.Registry();
    const sink = () => new PrometheusMetrics({ client, registry });
    const first = await startApp('first', { options: { metrics: sink() } });
    await first.leads();
    const second = await startApp('second', { options: { metrics: sink() } });
    await second.waitsInLine();
    expect(await registry.metrics()).toMatch('leader_election_is_leader{election="default"} 1');
    const third = await startApp('third', {
      options: { connection: elsewhere.url, metrics: sink() },
    });
    await third.leads();
    expect(await registry.metrics()).toMatch('leader_election_is_leader{election="default"} 2');
    await third.close();

    await first.close();
    await second.leads();
    await second.hears('elected');

    const scraped = await registry.metrics();
    expect(scraped).toMatch('leader_election_is_leader{election="default"} 1');
    expect(scraped).toMatch('leader_election_terms_total{election="default"} 3');
    await second.close();
    expect(await registry.metrics()).toMatch('leader_election_is_leader{election="default"} 0');
  });

  it('begins anew where the registry was cleared', async () => {
    const registry = new client.Registry();
    new PrometheusMetrics({ client, registry });
    registry.clear();
    const metrics = new PrometheusMetrics({ client, registry });

    metrics.leaderAcquired({ election: 'default', instanceId: 'one', term: 1n });

    expect(await registry.metrics()).toMatch('leader_election_terms_total{election="default"} 1');
  });

  it('leaves a metric alone that is of another kind', () => {
    const registry = new client.Registry();
    const name = 'leader_election_terms_total';
    new client.Gauge({ name, help: 'Not ours.', registers: [registry] });

    expect(() => new PrometheusMetrics({ client, registry })).toThrow(
      `A metric with the name ${name} has already been registered.`,
    );
  });
});

describe('OpenTelemetry', () => {
  it('exports who leads, terms, losses by reason, heartbeats and failovers', async () => {
    const { meter, sum, count } = recordingMeter();
    const metrics = new OpenTelemetryMetrics({ meter });
    const first = await startApp('first');
    await first.leads();
    const second = await startApp('second', {
      options: { metrics, elections: ['default', 'b', 'c'], heartbeatInterval: 50 },
    });
    await second.waitsInLine();
    expect(sum('leader_election.terms', named)).toBe(0);
    await first.close();
    await second.leads();
    expect(sum('leader_election.is_leader', named)).toBe(1);
    await second.election.resign();

    expect(sum('leader_election.is_leader', named)).toBe(0);
    expect(sum('leader_election.terms', named)).toBeGreaterThanOrEqual(1);
    expect(
      sum('leader_election.losses', { ...named, 'leader_election.loss.reason': 'resigned' }),
    ).toBe(1);
    expect(count('leader_election.failover.duration', named)).toBe(1);
  });

  it('exports what is of the connection once, however many elections live on it', async () => {
    const { meter, sum, count } = recordingMeter();
    const metrics = new OpenTelemetryMetrics({ meter });
    const counter = new HeartbeatCounter();
    let way = Promise.resolve(database.url);
    const connection = () => way;
    const { election, hears, close } = await startApp('app', {
      options: {
        elections: ['default', 'b', 'c'],
        connection,
        metrics: [metrics, counter],
        heartbeatInterval: 50,
      },
    });
    await election.whenLeader();
    await eventually(() => counter.heartbeats > 0);
    expect(sum('leader_election.connection_losses', {})).toBe(0);
    const healed = deferred<string>();
    way = healed.promise;
    await endSession(database, 'app');
    await hears('connection-lost');
    expect(
      sum('leader_election.disconnected_instances', { 'leader_election.candidate': true }),
    ).toBe(1);
    healed.resolve(database.url);
    await election.whenLeader();
    await close();

    expect(sum('leader_election.connection_losses', {})).toBe(1);
    expect(count('leader_election.heartbeat.duration', {})).toBe(counter.heartbeats);
    expect(
      sum('leader_election.disconnected_instances', { 'leader_election.candidate': true }),
    ).toBe(0);
  });
});

const named = { 'leader_election.name': 'default' };
