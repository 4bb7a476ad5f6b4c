/**
 * The payloads of notifications. Any client of the database can send them, so they are parsed strictly: a payload with
 * an invalid field is ignored.
 */

/** The payload of NOTIFY must be shorter than 8,000 bytes. */
export const MAX_PAYLOAD_BYTES = 7_999;
/** The longest string in a payload, in characters. */
const MAX_TEXT = 512;
/** The greatest 64-bit transaction id. */
const MAX_TERM = 2n ** 64n - 1n;
/** The version of the format. Other versions are ignored. */
const FORMAT = 1;

/** @internal */
export function formatPayload(message: object): string {
  return JSON.stringify({ v: FORMAT, ...message }, toWire);
}

/** Writes 64-bit integers as strings, and dates as milliseconds since 1970. */
function toWire(this: Record<string, unknown>, key: string, value: unknown): unknown {
  const original = this[key]; // `value` is a string already if it was a date.
  if (original instanceof Date) return original.getTime();
  return typeof value === 'bigint' ? String(value) : value;
}

/**
 * Parses a payload; undefined if it has another format, or `read` finds an invalid field.
 *
 * @internal
 */
export function readPayload<T>(
  payload: string,
  read: (fields: Fields) => T | undefined,
): T | undefined {
  if (payload.length > MAX_PAYLOAD_BYTES) return undefined;
  try {
    const fields = new Fields(JSON.parse(payload));
    return fields.value('v') === FORMAT ? read(fields) : undefined;
  } catch {
    return undefined; // Invalid JSON, or an invalid field.
  }
}

/**
 * The fields of a message. Every reader throws if its field is invalid.
 *
 * @internal
 */
export class Fields {
  readonly #fields: Record<string, unknown>;

  constructor(value: unknown) {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new Malformed();
    this.#fields = value as Record<string, unknown>;
  }

  /** The raw value, of any type. */
  readonly value = (name: string): unknown =>
    Object.hasOwn(this.#fields, name) ? this.#fields[name] : undefined;

  readonly text = (name: string): string => {
    const value = this.value(name);
    if (typeof value === 'string' && value.length > 0 && value.length <= MAX_TEXT) return value;
    throw new Malformed();
  };

  readonly oneOf = <T extends string>(name: string, allowed: readonly T[]): T => {
    const found = allowed.find((one) => one === this.value(name));
    if (found !== undefined) return found;
    throw new Malformed();
  };

  /** The key of an advisory lock. */
  readonly key = (name: string): bigint => {
    const key = this.#integer(name);
    if (BigInt.asIntN(64, key) === key) return key;
    throw new Malformed();
  };

  readonly term = (name: string): bigint => {
    const term = this.#integer(name);
    if (term >= 0n && term <= MAX_TERM) return term;
    throw new Malformed();
  };

  readonly date = (name: string): Date => {
    const date = new Date(this.number(name));
    if (!Number.isNaN(date.getTime())) return date;
    throw new Malformed();
  };

  /** Milliseconds since 1970. */
  readonly moment = (name: string): number => this.date(name).getTime();

  readonly number = (name: string): number => {
    const value = this.value(name);
    if (typeof value === 'number') return value;
    throw new Malformed();
  };

  readonly list = <T>(name: string, read: (fields: Fields) => T): T[] => {
    const value = this.value(name);
    if (Array.isArray(value)) return value.map((item) => read(new Fields(item)));
    throw new Malformed();
  };

  /** A field that may be missing, but not invalid; spread it into the result. */
  readonly optional = <K extends string, T>(
    name: K,
    read: (name: string) => T,
  ): { readonly [P in K]?: T } =>
    this.value(name) === undefined ? {} : ({ [name]: read(name) } as { readonly [P in K]?: T });

  /** Strings that may be missing, but not invalid; spread them into the result. */
  readonly texts = <K extends string>(names: readonly K[]): { readonly [P in K]?: string } =>
    Object.assign({}, ...names.map((name) => this.optional(name, this.text))) as {
      readonly [P in K]?: string;
    };

  #integer(name: string): bigint {
    const value = this.value(name);
    if (typeof value === 'string' && /^-?\d{1,20}$/.test(value)) return BigInt(value);
    throw new Malformed();
  }
}

class Malformed extends Error {
  override readonly name = 'Malformed';
}
