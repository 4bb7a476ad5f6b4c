import { createHash } from 'node:crypto';
import { inspect } from 'node:util';
import { InvalidOptionError } from './invalid-option.error.js';

/** Each partition is an election, and each instance takes part in all of them. */
const MOST = 1_000;
/** Of an election's name, which may have 200 characters, without `-999`. */
const LONGEST_NAME = 196;

/**
 * A number of elections that share a piece of work: each leads one partition of its keys. As an iterable, the names of the
 * elections, `orders-0`, `orders-1`, … Made by {@link partitions}. It can't be changed.
 */
export class PartitionSet implements Iterable<string> {
  /** What the names of its elections begin with. */
  readonly name: string;
  /** How many partitions there are. */
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
      throw new InvalidOptionError(
        'partitions(…, count)',
        count,
        `a whole number from 1 to ${MOST}`,
      );
    }
    this.name = name;
    this.count = count;
    Object.freeze(this);
  }

  /**
   * The number of the partition that a key belongs to: the first four bytes of the SHA-256 of its UTF-8 bytes, as an unsigned
   * number, the most significant byte first, modulo `count`. Programs in other languages, and PostgreSQL, compute the same.
   *
   * @throws TypeError when the key is not a string
   */
  of(key: string): number {
    if (typeof key !== 'string')
      throw new TypeError(`The key of a partition must be a string; given: ${inspect(key)}`);
    return createHash('sha256').update(key, 'utf8').digest().readUInt32BE() % this.count;
  }

  /** The names of the elections, in the order of the partitions' numbers. */
  *[Symbol.iterator](): IterableIterator<string> {
    for (let partition = 0; partition < this.count; partition += 1)
      yield `${this.name}-${partition}`;
  }

  /** As it is written in code. */
  toString(): string {
    return `partitions('${this.name}', ${this.count})`;
  }
}

/**
 * Divides a piece of work into partitions, each of which is an election:
 * `elections: [...partitions('orders', 48)]` declares `orders-0` to `orders-47`. Give all instances the same count, since a
 * key belongs to another partition where that differs.
 *
 * @param name 1 to 196 characters
 * @param count how many partitions, from 1 to 1,000
 * @throws {@link InvalidOptionError} when one of them can't be used
 */
export function partitions(name: string, count: number): PartitionSet {
  return new PartitionSet(name, count);
}

/**
 * The sets among the names of elections. Elections are identified only by their names, so whatever is called `a-0`, `a-1` and
 * so on, without a gap, is such a set.
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
 * Names of elections for a message, each set of partitions as one.
 *
 * @internal
 */
export function namesInShort(names: readonly string[]): string {
  const sets = partitionSetsAmong(names);
  const inSets = new Set(sets.flatMap((set) => [...set]));
  const others = names.filter((name) => !inSets.has(name)).map((name) => `"${name}"`);
  return [...others, ...sets.map(String)].join(', ');
}
