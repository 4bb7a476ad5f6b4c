import { stripVTControlCharacters } from 'node:util';
import { describe, expect, it } from '@jest/globals';
import { type Cluster, emptyCluster, reduce } from '../../sample/02-cluster/src/state/cluster.js';
import type { Happening } from '../../sample/02-cluster/src/state/happening.js';
import { headlineOf } from '../../sample/02-cluster/src/state/headline.js';
import { portray } from '../../sample/02-cluster/src/state/portrait.js';
import { timings } from '../../sample/02-cluster/src/timings.js';
import { panel } from './panel.mjs';

const started = (instance: number): Happening[] => [
  { at: 0, instance, type: 'started', pid: 1_234_567 },
  { at: 1, instance, type: 'listening', url: 'http://127.0.0.1:45678/' },
];
const led: Happening[] = [
  ...[1, 2, 3].flatMap(started),
  { at: 1_000, instance: 1, type: 'elected', term: '7' },
  { at: 1_010, instance: 2, type: 'role', role: 'heir' },
  { at: 1_020, instance: 3, type: 'role', role: 'standby' },
];
const frozen: Happening[] = [...led, { at: 2_000, instance: 1, type: 'frozen' }];
const takenOver: Happening[] = [...frozen, { at: 7_000, instance: 2, type: 'elected', term: '9' }];

/** The lines of the panel, without colours. */
function linesOf(happenings: Happening[], now: number, width: number): string[] {
  const cluster: Cluster = happenings.reduce(reduce, emptyCluster);
  const view = {
    headline: headlineOf(cluster, timings, now),
    rows: cluster.instances.map((instance) => ({
      instance,
      portrait: portray(instance, cluster, timings, now),
    })),
    runs: Array.from({ length: 60 }, () => '1'),
    restartsEnded: true,
  };
  return stripVTControlCharacters(panel(view, width)).split('\n');
}

/** The rows of the table, by their cells. */
const rowsOf = (lines: string[]) =>
  lines
    .filter((line) => line.startsWith('│ #'))
    .map((line) => line.split('│').map((cell) => cell.trim()));

describe('The panel in the terminal', () => {
  it.each([40, 60, 79, 80, 100, 120, 200])('fits into %i columns', (width) => {
    for (const [happenings, now] of [
      [led, 1_500],
      [frozen, 2_500],
      [takenOver, 7_500],
    ] as const) {
      const lines = linesOf([...happenings], now, width);
      expect(lines.filter((line) => line.length > width)).toEqual([]);
      expect(rowsOf(lines)).toHaveLength(3);
      expect(lines.join('\n')).toContain('quit');
    }
  });

  it('has no leader while the leader is frozen, and one after the takeover', () => {
    const before = linesOf(frozen, 2_500, 80);
    expect(before[0]).toBe('No leader for 500 ms');
    expect(rowsOf(before).map(([, , state]) => state)).toEqual(['frozen', 'heir', 'standby']);
    const after = linesOf(takenOver, 7_500, 80);
    expect(after[0]).toBe('#2 leads');
    expect(rowsOf(after).map(([, name, state, mayAct]) => [name, state, mayAct])).toEqual([
      ['#1', 'frozen', 'no'],
      ['#2', 'leader', 'yes'],
      ['#3', 'standby', 'no'],
    ]);
  });
});
