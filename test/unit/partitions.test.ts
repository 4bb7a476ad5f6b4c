import { describe, expect, it } from '@jest/globals';
import { createHash } from 'node:crypto';
import { partitionSetsAmong } from '../../lib/core/partitions.js';
import { partitions as ofCore, PartitionSet as SetOfCore } from 'nestjs-leader-election/core';
import { InvalidOptionError, partitions, PartitionSet } from 'nestjs-leader-election';
import { codeBlocksOf, read } from '../../tooling/documentation.mjs';
import { testDatabase } from '../support/database.js';

const database = await testDatabase();

/** Of partitions('…', 48); docs/partitions.md has the same. They never change: a key must not move to another partition. */
const VECTORS = {
  '': 2,
  a: 2,
  'order 4711': 21,
  'customer-1': 12,
  Straße: 12,
  日本: 44,
  '😀': 4,
};

/** Keys that an encoding, or an escape, might spoil. */
const DELICATE = ['back\\slash', '\\x41', "quo'te", 'two\nlines', ' spaces '];

describe('partitions()', () => {
  it('are the names of their elections', () => {
    expect([...partitions('orders', 3)]).toEqual(['orders-0', 'orders-1', 'orders-2']);
    expect([...partitions('a-1', 1)]).toEqual(['a-1-0']);
  });

  it('are the same at both entry points', () => {
    expect(ofCore).toBe(partitions);
    expect(SetOfCore).toBe(PartitionSet);
  });

  it('are a value that nobody changes', () => {
    const orders = partitions('orders', 48);
    expect(orders).toBeInstanceOf(PartitionSet);
    expect(Object.isFrozen(orders)).toBe(true);
    expect({ ...orders }).toEqual({ name: 'orders', count: 48 });
    expect(String(orders)).toBe("partitions('orders', 48)");
  });

  it.each(['', ' ', 'a'.repeat(197), 7, undefined])('need a name, and not %p', (name) => {
    const make = () => partitions(name as string, 4);
    expect(make).toThrow(InvalidOptionError);
    expect(make).toThrow(
      /^Option `partitions\(name, …\)` must be a string of 1 to 196 characters; given: /,
    );
  });

  it.each([0, -1, 1.5, NaN, Infinity, 1_001, '48', undefined])(
    'need a count, and not %p',
    (count) => {
      const make = () => partitions('orders', count as number);
      expect(make).toThrow(InvalidOptionError);
      expect(make).toThrow(
        /^Option `partitions\(…, count\)` must be an integer from 1 to 1000; given: /,
      );
    },
  );

  it('can be as many and have names as long as elections allow', () => {
    const longest = [...partitions('a'.repeat(196), 1_000)];
    expect(longest).toHaveLength(1_000);
    expect(longest[999]).toHaveLength(200);
  });
});

describe('the partition of a key', () => {
  it.each(Object.entries(VECTORS))('never changes: %p', (key, partition) => {
    expect(partitions('orders', 48).of(key)).toBe(partition);
  });

  it('is that of the documentation', () => {
    const rows = [
      ...read('docs/partitions.md').matchAll(/^\| `'(.*?)'` +\| `(\d+)` +\| (\d+) +\|$/gm),
    ];
    expect(
      Object.fromEntries(rows.map(([, key = '', , partition]) => [key, Number(partition)])),
    ).toEqual(VECTORS);
    for (const [, key = '', hash] of rows)
      expect(createHash('sha256').update(key).digest().readUInt32BE()).toBe(Number(hash));
  });

  it('does not depend on the name', () => {
    for (const key of DELICATE)
      expect(partitions('orders', 48).of(key)).toBe(partitions('bills', 48).of(key));
  });

  it('is what PostgreSQL computes, by the function of the documentation', async () => {
    const [definition] = codeBlocksOf('docs/partitions.md')
      .map(({ code }) => code)
      .filter((code) => code.startsWith('CREATE FUNCTION partition_of'));
    await database.query(definition ?? '');
    for (const key of [...Object.keys(VECTORS), ...DELICATE, ...manyKeys(200)]) {
      for (const count of [1, 7, 48, 1_000]) {
        const [row] = await database.query<{ partition: number }>(
          `SELECT partition_of($1, ${count}) AS partition`,
          [key],
        );
        expect([key, count, row?.partition]).toEqual([key, count, partitions('o', count).of(key)]);
      }
    }
  });

  it.each([7, 48, 1_000])('is one of %p, and each has about as many keys', (count) => {
    const counts = new Array<number>(count).fill(0);
    const perPartition = 1_000;
    const set = partitions('orders', count);
    for (const key of manyKeys(count * perPartition)) {
      const partition = set.of(key);
      counts[partition] = (counts[partition] ?? NaN) + 1;
    }
    // Five standard deviations.
    const tolerance = 5 * Math.sqrt(perPartition);
    expect(Math.min(...counts)).toBeGreaterThan(perPartition - tolerance);
    expect(Math.max(...counts)).toBeLessThan(perPartition + tolerance);
  });

  it.each([undefined, null, 7, 7n, {}])('needs a string, and not %p', (key) => {
    expect(() => partitions('orders', 48).of(key as string)).toThrow(
      /^A partition key must be a string; given: /,
    );
  });
});

describe('elections by name', () => {
  it('are a set where they are numbered from 0 without a gap', () => {
    const names = ['default', 'a-1', 'b-0', 'b-2', 'c-0', 'd-00', '-0', 'f-1-0', 'f-1-1', 'f-1'];
    expect(
      partitionSetsAmong([...names, ...partitions('e', 12)].reverse())
        .map(String)
        .sort(),
    ).toEqual(["partitions('c', 1)", "partitions('e', 12)", "partitions('f-1', 2)"]);
  });
});

/** As people number them: only the end differs. */
function manyKeys(count: number): string[] {
  return Array.from({ length: count }, (_, index) => `customer-${index}`);
}
