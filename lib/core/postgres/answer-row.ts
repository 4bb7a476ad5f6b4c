import { UnsupportedServerError } from './preflight.error.js';

/**
 * A row of what the server has answered. Something else may stand in its place, and an answer decides who leads: a field that is
 * not what PostgreSQL would send is an error, and nothing is made of it.
 *
 * @internal
 */
export class AnswerRow {
  readonly #fields: Readonly<Record<string, unknown>>;

  /** @throws UnsupportedServerError */
  constructor(row: unknown) {
    if (typeof row !== 'object' || row === null) throw unexpected();
    this.#fields = row as Record<string, unknown>;
  }

  /** A whole number of 32 bits, such as that of a process. */
  readonly integer = (name: string): number => {
    const value = this.#fields[name];
    if (typeof value === 'number' && Number.isInteger(value)) return value;
    throw unexpected();
  };

  /** A whole number of 64 bits, which comes as a string. */
  readonly long = (name: string): bigint => {
    const value = this.#fields[name];
    if (typeof value === 'string' && /^-?\d{1,20}$/.test(value)) return BigInt(value);
    throw unexpected();
  };

  /** The id of a transaction. */
  readonly transactionId = (name: string): bigint => {
    const id = this.long(name);
    if (id > 0n) return id;
    throw unexpected();
  };

  /** One of those that were asked for. */
  readonly among = <T>(allowed: readonly T[], value: T): T => {
    if (allowed.includes(value)) return value;
    throw unexpected();
  };

  readonly milliseconds = (name: string): number => Number(this.long(name));

  readonly flag = (name: string): boolean => {
    const value = this.#fields[name];
    if (typeof value === 'boolean') return value;
    throw unexpected();
  };

  readonly string = (name: string): string => {
    const value = this.#fields[name];
    if (typeof value === 'string') return value;
    throw unexpected();
  };

  readonly oneOf = <T extends string>(name: string, allowed: readonly T[]): T => {
    const found = allowed.find((one) => one === this.#fields[name]);
    if (found !== undefined) return found;
    throw unexpected();
  };

  /** Undefined where the server says that there is nothing. */
  readonly orNull = <T>(name: string, read: (name: string) => T): T | undefined =>
    this.#fields[name] === null ? undefined : read(name);
}

/**
 * The rows of an answer; of the last, where several statements were sent in one query.
 *
 * @param count how many there must be
 * @throws UnsupportedServerError
 * @internal
 */
export function rowsOf(answer: unknown, count?: number): AnswerRow[] {
  const result: unknown = Array.isArray(answer) ? answer.at(-1) : answer;
  const { rows } = (result ?? {}) as { rows?: unknown };
  if (!Array.isArray(rows) || (count !== undefined && rows.length !== count)) throw unexpected();
  return rows.map((row) => new AnswerRow(row));
}

/**
 * The only row of an answer.
 *
 * @throws UnsupportedServerError
 * @internal
 */
export function rowOf(answer: unknown): AnswerRow {
  return rowsOf(answer, 1)[0] as AnswerRow;
}

function unexpected(): UnsupportedServerError {
  return new UnsupportedServerError('The server does not answer as PostgreSQL does', 'answers');
}
