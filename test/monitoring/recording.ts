import { expect } from '@jest/globals';
import type { Registry } from 'prom-client';
import { join } from 'node:path';
import { root } from '../../tooling/project-root.mjs';
import { promtool } from './promtool.js';
import { samplesOf, type Sample } from './samples.js';

/** What an alert tells somebody. */
export interface Alert {
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<'summary' | 'description', string>>;
}

/** Which alerts fire, by name; all others are silent. */
export type Alerts = Readonly<Record<string, readonly Alert[]>>;

/** A job of Prometheus that scrapes instances every so many seconds, written down as promtool reads it. */
export class Recording {
  readonly #series = new Map<string, string[]>();
  #scrapes = 0;

  constructor(readonly interval = 15) {}

  /** How many seconds it is long. */
  get seconds(): number {
    return this.#scrapes * this.interval;
  }

  /** Takes what the instances show at the moment; and as long as nothing changes, the same again. */
  async scrape(instances: Readonly<Record<string, Registry>>, times = 1): Promise<void> {
    const taken = new Map<string, string>();
    for (const [instance, registry] of Object.entries(instances)) {
      for (const sample of await samplesOf(registry))
        taken.set(seriesOf(sample, instance), sample.value);
    }
    for (const series of new Set([...this.#series.keys(), ...taken.keys()])) {
      const values = this.#series.get(series) ?? Array<string>(this.#scrapes).fill('_');
      const value = taken.get(series);
      // As Prometheus marks what it finds no more.
      const isGone = value === undefined && !['_', 'stale'].includes(values.at(-1) ?? '_');
      for (let time = 0; time < times; time += 1)
        values.push(value ?? (isGone && time === 0 ? 'stale' : '_'));
      this.#series.set(series, values);
    }
    this.#scrapes += times;
  }

  /** Expects that exactly these alerts fire so many seconds after the beginning. */
  expectAlerts(names: readonly string[], at: number, alerts: Alerts): void {
    const test = {
      rule_files: [join(root, 'docs', 'monitoring', 'alerts.yaml')],
      evaluation_interval: `${this.interval}s`,
      tests: [
        {
          interval: `${this.interval}s`,
          input_series: [...this.#series].map(([series, values]) => ({
            series,
            values: values.join(' '),
          })),
          alert_rule_test: names.map((alertname) => ({
            eval_time: `${at}s`,
            alertname,
            exp_alerts: (alerts[alertname] ?? []).map(({ labels, annotations }) => ({
              exp_labels: labels,
              exp_annotations: annotations,
            })),
          })),
        },
      ],
    };
    const { status, output } = promtool(['test', 'rules'], test);
    expect(`after ${at} s: ${status} ${output}`).toMatch(/: 0 Unit Testing: .*\s+SUCCESS\s*$/);
  }
}

function seriesOf({ name, labels }: Sample, instance: string): string {
  const all = Object.entries({ job: 'orders', instance, ...labels });
  return `${name}{${all.map(([label, text]) => `${label}="${text}"`).join(',')}}`;
}
