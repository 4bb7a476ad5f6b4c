import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import * as client from 'prom-client';
import { parse } from 'yaml';
import { PrometheusMetrics } from 'nestjs-leader-election/prometheus';
import { read } from '../../tooling/documentation.mjs';
import { dashboardPanels, filledIn } from '../../tooling/prometheus/dashboard.mjs';
import { PrometheusServer } from '../../tooling/prometheus/prometheus-server.mjs';
import { scrapeEndpoint } from '../../tooling/prometheus/scrape-endpoint.mjs';
import { candidate } from '../support/candidate.js';
import { testDatabase } from '../support/database.js';
import { endSession } from '../support/sessions.js';
import { eventually } from '../support/timeline.js';
import { promtool } from './promtool.js';
import { samplesOf } from './samples.js';

const database = await testDatabase();
const queries = dashboardPanels().flatMap((panel) => panel.queries);

interface Rules {
  readonly groups: readonly { readonly rules: readonly { alert: string; expr: string }[] }[];
}
const { groups } = parse(read('docs/monitoring/alerts.yaml')) as Rules;

/** Everything that asks for metrics. */
const expressions = [
  ...queries.map(({ panel, expr }) => ({ where: `the panel "${panel}"`, expr })),
  ...groups.flatMap(({ rules }) =>
    rules.map(({ alert, expr }) => ({ where: `the alert ${alert}`, expr })),
  ),
];

/** What every target has. */
const OF_THE_TARGET = ['job', 'instance'];

describe('with an election that a leader has lost', () => {
  /** The labels of each metric that the library exports. */
  const exported = new Map<string, Set<string>>();
  let prometheus: PrometheusServer;
  let close: () => Promise<void>;

  beforeAll(async () => {
    const started = await Promise.all(
      ['a', 'b'].map(async (instanceId) => {
        const registry = new client.Registry();
        const metrics = new PrometheusMetrics({ client, registry });
        const one = candidate(instanceId, {
          connection: database.url,
          name: 'default',
          metrics,
          heartbeatInterval: 50,
        });
        return { one, registry, endpoint: await scrapeEndpoint(registry) };
      }),
    );
    prometheus = await new PrometheusServer().start(
      started.map(({ one, endpoint }) => ({
        job: 'orders',
        instance: one.name,
        port: endpoint.port,
      })),
    );
    close = async () => {
      await prometheus.stop();
      for (const { one, endpoint } of started) {
        await one.stop();
        endpoint.close();
      }
    };
    for (const { one } of started)
      await one.until(() => ['leader', 'heir'].includes(one.elector.role));
    // Counters are scraped before and after, so that there is an increase to be seen.
    await eventually(
      async () => (await prometheus.query('leader_election_terms_total')).length === 2,
    );
    const leader = started.find(({ one }) => one.elector.isLeader)?.one;
    await endSession(database, leader?.name ?? 'nobody');
    await leader?.demoted('conn_lost');
    for (const { one } of started)
      await one.until(() => ['leader', 'heir'].includes(one.elector.role));
    for (const { registry } of started) {
      for (const { name, labels } of await samplesOf(registry))
        exported.set(name, new Set([...(exported.get(name) ?? []), ...Object.keys(labels)]));
    }
  }, 60_000);
  afterAll(() => close());

  it.each(queries)('the panel "$panel" shows data of $legend', async ({ expr }) => {
    const asked = filledIn(expr, '30s');

    await eventually(async () => {
      const results = await prometheus.query(asked);
      return results.some(({ value: [, value] }) => value !== 'NaN');
    });
  });

  it.each(queries)('the legend "$legend" names labels of "$panel"', async ({ expr, legend }) => {
    const [result] = await prometheus.query(filledIn(expr, '30s'));

    for (const [, label] of legend.matchAll(/\{\{(\w+)\}\}/g))
      expect(result?.metric).toHaveProperty([label as string]);
  });

  it.each(expressions)('$where names metrics and labels that there are', ({ expr }) => {
    const selectors = [...expr.matchAll(/(leader_election_\w+)(?:\{([^}]*)\})?/g)];
    expect(selectors).not.toEqual([]);
    const all = new Set(OF_THE_TARGET);
    for (const [, name = '', matchers = ''] of selectors) {
      expect([...exported.keys()]).toContain(name);
      const labels = [...OF_THE_TARGET, ...(exported.get(name) ?? [])];
      for (const label of labels) all.add(label);
      for (const [, label] of matchers.matchAll(/(\w+)\s*=/g)) expect(labels).toContain(label);
    }
    for (const [, list = ''] of expr.matchAll(/\b(?:by|on)\s*\(([^)]*)\)/g)) {
      for (const label of list.split(',')) expect([...all]).toContain(label.trim());
    }
  });

  it('every metric of the library is in the dashboard', () => {
    const shown = queries.map(({ expr }) => expr).join('\n');

    for (const name of exported.keys()) {
      const metric = name.replace(/(?<=_seconds)_(bucket|sum|count)$/, '');
      expect(shown).toContain(metric);
    }
  });
});

it('promtool can parse the expressions of the dashboard', () => {
  const rules = queries.map(({ expr }, index) => ({
    record: `panel:${index}`,
    expr: filledIn(expr, '1m'),
  }));

  const { status, output } = promtool(['check', 'rules'], { groups: [{ name: 'panels', rules }] });

  expect(output).toMatch(`SUCCESS: ${rules.length} rules found`);
  expect(status).toBe(0);
});
