import { spawnSync } from 'node:child_process';
import { describe, expect, it } from '@jest/globals';
import { parse } from 'yaml';
import { axes } from '../../scripts/matrix/axes.mjs';
import { plan } from '../../scripts/matrix/plan.mjs';
import { read } from '../../tooling/documentation.mjs';

interface Workflow {
  readonly jobs: Record<
    string,
    {
      readonly strategy?: { readonly matrix: { readonly include: readonly object[] } };
      readonly steps: readonly { readonly run?: string }[];
    }
  >;
}

const workflow = (name: string) => parse(read(`.github/workflows/${name}.yml`)) as Workflow;
const { scripts } = JSON.parse(read('package.json')) as { scripts: Record<string, string> };

describe.each(['ci', 'release'])('the workflow %s', (name) => {
  const commands = Object.values(workflow(name).jobs).flatMap(({ steps }) =>
    steps.flatMap(({ run }) => run ?? []),
  );

  it('passes everything that .ci/run asks for', () => {
    expect(commands).toContain('.ci/run');
  });

  it.each(commands)('can run: %s', (command) => {
    // GitHub puts in its own values before a shell sees the command.
    const input = command.replaceAll(/\$\{\{.*?\}\}/g, 'value');

    expect(spawnSync('bash', ['-n'], { input, encoding: 'utf8' })).toMatchObject({ status: 0 });
    for (const [, script = ''] of command.matchAll(/npm run ([\w:]+)/g))
      expect(scripts).toHaveProperty([script]);
  });
});

it('the workflow ci runs the versions that test:matrix would', () => {
  const include = workflow('ci').jobs['versions']?.strategy?.matrix.include ?? [];
  const asTexts = include.map((cell) =>
    Object.fromEntries(Object.entries(cell).map(([axis, version]) => [axis, String(version)])),
  );

  expect(asTexts).toHaveLength(plan(axes).length);
  expect(asTexts).toEqual(expect.arrayContaining(plan(axes)));
});

it.each(['bug', 'idea', 'config'])('the issue template %s can be parsed', (name) => {
  expect(() => parse(read(`.github/ISSUE_TEMPLATE/${name}.yml`)) as unknown).not.toThrow();
});

it('renovate.json names its presets', () => {
  expect(JSON.parse(read('renovate.json'))).toHaveProperty('extends');
});
