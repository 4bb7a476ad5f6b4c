// Ten elections on one connection: what is of the connection is counted once.
import assert from 'node:assert/strict';
import { setImmediate as nextTurn } from 'node:timers/promises';
import {
  getLeaderElectionToken,
  type LeaderElectionService,
  type MetricsSink,
} from 'nestjs-leader-election';
import { PrometheusMetrics } from 'nestjs-leader-election/prometheus';
import { Client } from 'pg';
import * as client from 'prom-client';
import { database, start } from './instance.js';
import { Timeline, within } from './timeline.js';

const elections = Array.from({ length: 10 }, (_, index) => `metrics-${index}`);

const registry = new client.Registry();
const heard = new Timeline();

const listener: MetricsSink = {
  leaderStatusChanged: () => undefined,
  leaderAcquired: () => undefined,
  leaderLost: () => undefined,
  heartbeat: (_milliseconds, context) => {
    heard.note(`heartbeat of ${context.elections.length}`);
  },
};

export async function metrics() {
  const { app, close } = await start({
    elections,
    instanceId: 'measured',
    metrics: [new PrometheusMetrics({ client, registry }), listener],
  });
  const allLead = () =>
    Promise.all(
      elections.map((name) => {
        const election = app.get<LeaderElectionService>(getLeaderElectionToken(name));
        return within(election.whenLeader(), `${name} to lead`);
      }),
    );
  const terms = await allLead();

  const before = heard.entries.length;
  await heard.shows('heartbeat of 10', before + 1);
  await nextTurn(); // They are a second apart, so another would be the same one.
  assert.equal(heard.entries.length, before + 1);
  assert.deepEqual(await valuesOf('heartbeat_duration_seconds', '_count'), { '{}': before + 1 });
  assert.deepEqual(await valuesOf('connection_losses_total'), { '{}': 0 });

  assert.equal(await endSession(), 1);
  await Promise.all(terms.map(({ signal }) => within(aborted(signal), 'a loss')));
  await allLead();

  assert.deepEqual(await valuesOf('connection_losses_total'), { '{}': 1 });
  assert.deepEqual(await valuesOf('disconnected_instances'), { '{"candidate":"true"}': 0 });
  assert.deepEqual(await valuesOf('is_leader'), ofEach(1));
  assert.deepEqual(await valuesOf('terms_total'), ofEach(2));
  const losses = Object.entries(await valuesOf('losses_total')).filter(([, value]) => value > 0);
  assert.deepEqual(Object.fromEntries(losses), ofEach(1, { reason: 'conn_lost' }));
  await close();
}

/** By labels. A histogram has several names, of which `part` is the end of one. */
async function valuesOf(metric: string, part = ''): Promise<Record<string, number>> {
  const name = `leader_election_${metric}`;
  const all = await registry.getMetricsAsJSON();
  const { values = [] } = all.find((one) => one.name === name) ?? {};
  const wanted = (values as client.MetricValueWithName<string>[]).filter(
    ({ metricName = name }) => metricName === `${name}${part}`,
  );
  return Object.fromEntries(wanted.map(({ labels, value }) => [JSON.stringify(labels), value]));
}

function ofEach(value: number, labels: object = {}) {
  return Object.fromEntries(
    elections.map((election) => [JSON.stringify({ election, ...labels }), value]),
  );
}

/** Returns how many the instance had. */
async function endSession() {
  const administrator = new Client(database);
  await administrator.connect();
  const { rowCount } = await administrator.query(
    'SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND application_name = $1',
    ['nestjs-leader-election measured'],
  );
  await administrator.end();
  return rowCount;
}

async function aborted(signal: AbortSignal) {
  if (signal.aborted) return;
  await new Promise((resolve) => {
    signal.addEventListener('abort', resolve);
  });
}
