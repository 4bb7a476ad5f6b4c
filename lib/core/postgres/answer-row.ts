import { UnsupportedServerError } from './preflight.error.js';

/**
 * A row of an answer of the server. The answer decides who leads, and the server may not be PostgreSQL. So a field that
 * is not what PostgreSQL would send is an error.
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

  /** A 32-bit integer, such as a PID. */
  readonly integer = (name: string): number => {
    const value = this.#fields[name];
    if (typeof value === 'number' && Number.isInteger(value)) return value;
    throw unexpected();
  };

  /** A 64-bit integer, which `pg` returns as a string. */
  readonly long = (name: string): bigint => {
    const value = this.#fields[name];
    if (typeof value === 'string' && /^-?\d{1,20}$/.test(value)) return BigInt(value);
    throw unexpected();
  };

  /** A transaction ID. */
  readonly transactionId = (name: string): bigint => {
    const id = this.long(name);
    if (id > 0n) return id;
    throw unexpected();
  };

  /** A value that must be one of the requested ones. */
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

  /** Undefined if the field is null. */
  readonly orNull = <T>(name: string, read: (name: string) => T): T | undefined =>
    this.#fields[name] === null ? undefined : read(name);
}

/**
 * Returns the rows of an answer; if several statements were sent in one query, the rows of the last.
 *
 * @param count the expected number of rows
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
 * Returns the only row of an answer.
 *
 * @throws UnsupportedServerError
 * @internal
 */
export function rowOf(answer: unknown): AnswerRow {
  return rowsOf(answer, 1)[0] as AnswerRow;
}

function unexpected(): UnsupportedServerError {
  return new UnsupportedServerError('The server does not respond like PostgreSQL', 'answers');
}
