import { createHash } from 'node:crypto';
import { inspect } from 'node:util';
import { InvalidOptionError } from './invalid-option.error.js';

/** The most partitions of a set: each is an election, and each instance takes part in all of them. */
const MOST = 1_000;
/** The longest name: an election's name may have 200 characters, and `-999` is appended. */
const LONGEST_NAME = 196;

/**
 * A set of elections that divide work by key: each election stands for one partition of the keys. Iterating it yields
 * the names of the elections, `orders-0`, `orders-1`, … Created by {@link partitions}. Immutable.
 */
export class PartitionSet implements Iterable<string> {
  /** The common prefix of the election names. */
  readonly name: string;
  /** The number of partitions. */
  readonly count: number;

  /** @internal */
  constructor(name: string, count: number) {
    if (typeof name !== 'string' || name.trim() === '' || name.length > LONGEST_NAME) {
      throw new InvalidOptionError(
        'partitions(name, …)',
        name,
        `a string of 1 to ${LONGEST_NAME} characters`,
      );
    }
    if (!Number.isInteger(count) || count < 1 || count > MOST) {
      throw new InvalidOptionError('partitions(…, count)', count, `an integer from 1 to ${MOST}`);
    }
    this.name = name;
    this.count = count;
    Object.freeze(this);
  }

  /**
   * Returns the number of the partition that a key belongs to, from 0: the first four bytes of the SHA-256 of the UTF-8
   * key, as an unsigned big-endian integer, modulo `count`. Other languages and PostgreSQL can compute the same number.
   *
   * @throws TypeError when the key is not a string
   */
  of(key: string): number {
    if (typeof key !== 'string')
      throw new TypeError(`A partition key must be a string; given: ${inspect(key)}`);
    return createHash('sha256').update(key, 'utf8').digest().readUInt32BE() % this.count;
  }

  /** Yields the names of the elections, in the order of their numbers. */
  *[Symbol.iterator](): IterableIterator<string> {
    for (let partition = 0; partition < this.count; partition += 1)
      yield `${this.name}-${partition}`;
  }

  /** Returns the call that creates this set, such as `partitions('orders', 48)`. */
  toString(): string {
    return `partitions('${this.name}', ${this.count})`;
  }
}

/**
 * Divides work by key into partitions, each of which is an election: `elections: [...partitions('orders', 48)]`
 * declares `orders-0` to `orders-47`. Use the same count on all instances: with another count, keys belong to other
 * partitions.
 *
 * @param name 1 to 196 characters
 * @param count the number of partitions, from 1 to 1,000
 * @throws {@link InvalidOptionError} when an argument is invalid
 */
export function partitions(name: string, count: number): PartitionSet {
  return new PartitionSet(name, count);
}

/**
 * Finds the partition sets among election names. Elections are identified only by their names, so names such as `a-0`,
 * `a-1` and so on, without a gap, form a set.
 *
 * @internal
 */
export function partitionSetsAmong(names: Iterable<string>): readonly PartitionSet[] {
  const numbersOf = new Map<string, Set<number>>();
  for (const election of names) {
    const [, name, number] = /^(.+)-(0|[1-9]\d{0,2})$/s.exec(election) ?? [];
    if (name === undefined) continue;
    const numbers = numbersOf.get(name) ?? new Set();
    numbersOf.set(name, numbers.add(Number(number)));
  }
  return [...numbersOf]
    .filter(
      ([name, numbers]) =>
        name.trim() !== '' &&
        name.length <= LONGEST_NAME &&
        Math.max(...numbers) === numbers.size - 1,
    )
    .map(([name, numbers]) => new PartitionSet(name, numbers.size));
}

/**
 * Formats election names for a message, with each partition set as one item.
 *
 * @internal
 */
export function namesInShort(names: readonly string[]): string {
  const sets = partitionSetsAmong(names);
  const inSets = new Set(sets.flatMap((set) => [...set]));
  const others = names.filter((name) => !inSets.has(name)).map((name) => `"${name}"`);
  return [...others, ...sets.map(String)].join(', ');
}
