import { describe, expect, it } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from '../../tooling/project-root.mjs';
import { axes, axisNames } from './axes.mjs';
import { readOptions } from './options.mjs';
import { fullPlan, plan } from './plan.mjs';

const cell = (nest: string, node: string, postgres: string) => ({ nest, node, postgres });

describe('the plan of the test matrix', () => {
  it('has every version, and all the oldest together', () => {
    const cells = plan(axes);
    for (const axis of axisNames) {
      expect(new Set(cells.map((one) => one[axis]))).toEqual(new Set(axes[axis]));
    }
    expect(cells).toContainEqual(cell('11.1.6', '20', '14'));
    expect(cells.length).toBeLessThan(fullPlan(axes).length);
  });

  it('is one cell if one version of each is chosen', () => {
    const chosen = { nest: ['11'], node: ['20'], postgres: ['14'] };
    expect(plan(chosen)).toEqual([cell('11', '20', '14')]);
  });

  it('is every combination of versions on request', () => {
    const chosen = { nest: ['11', '12'], node: ['26'], postgres: ['14', '18'] };
    expect(fullPlan(chosen)).toEqual([
      cell('11', '26', '14'),
      cell('11', '26', '18'),
      cell('12', '26', '14'),
      cell('12', '26', '18'),
    ]);
  });
});

it('The oldest Nest of the matrix is the oldest that the package supports', () => {
  const { peerDependencies } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
    peerDependencies: Record<string, string>;
  };
  for (const name of ['common', 'core', 'microservices', 'websockets'])
    expect(peerDependencies[`@nestjs/${name}`]).toBe(`^${axes.nest[0]} || ^12.0.0`);
});

describe('the options of the test matrix', () => {
  it('choose versions, and leave the rest to Jest', () => {
    const options = readOptions(['--node', '22,20', '--postgres=14', 'test/unit']);
    expect(options).toMatchObject({
      axes: { nest: axes.nest, node: ['20', '22'], postgres: ['14'] },
      jest: ['test/unit'],
    });
  });

  it('are refused if a version is unknown, with the versions that are known', () => {
    expect(() => readOptions(['--postgres', '13'])).toThrow(
      '--postgres must be one or more of 14, 15, 16, 17, 18, separated by commas; given: 13',
    );
    expect(() => readOptions(['--nest='])).toThrow('--nest must be one or more of 11.1.6, 11, 12');
  });
});
