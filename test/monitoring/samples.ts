import type { Registry } from 'prom-client';

/** What Prometheus takes from a process in one scrape. */
export interface Sample {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: string;
}

/** Reads what the library's own metrics say, as a scrape would. */
export async function samplesOf(registry: Registry): Promise<Sample[]> {
  const lines = (await registry.metrics()).split('\n');
  return lines.filter((line) => line !== '' && !line.startsWith('#')).map(parse);
}

function parse(line: string): Sample {
  const [, name, labels = '', value] = /^(\w+)(?:\{(.*)\})? (\S+)$/.exec(line) ?? [];
  if (name === undefined || value === undefined) throw new Error(`No sample: ${line}`);
  const pairs = [...labels.matchAll(/(\w+)="((?:[^"\\]|\\.)*)"/g)];
  const texts: Record<string, string> = {};
  for (const [, label = '', text = ''] of pairs) texts[label] = text;
  return { name, labels: texts, value };
}
