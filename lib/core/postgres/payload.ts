/**
 * What travels in notifications. Anyone who can connect to the database may send them, so they are read strictly: one
 * field that is not what it should be, and the whole is ignored.
 */

/** NOTIFY carries fewer than 8,000 bytes. */
export const MAX_PAYLOAD_BYTES = 7_999;
/** The longest string that a payload may carry, in characters. */
const MAX_TEXT = 512;
/** The greatest 64-bit transaction id. */
const MAX_TERM = 2n ** 64n - 1n;
/** Payloads of another format are not for us. */
const FORMAT = 1;

/** @internal */
export function formatPayload(message: object): string {
  return JSON.stringify({ v: FORMAT, ...message }, toWire);
}

/** Numbers of 64 bits as strings, moments as milliseconds since 1970. */
function toWire(this: Record<string, unknown>, key: string, value: unknown): unknown {
  const original = this[key]; // A date has become a string by now.
  if (original instanceof Date) return original.getTime();
  return typeof value === 'bigint' ? String(value) : value;
}

/**
 * Reads a payload; undefined when it is not one of our format, or `read` finds something that it should not.
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
    return undefined; // No JSON, or not what it should be.
  }
}

/**
 * The fields of a message. Every reader throws where the field is not what it should be.
 *
 * @internal
 */
export class Fields {
  readonly #fields: Record<string, unknown>;

  constructor(value: unknown) {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new Malformed();
    this.#fields = value as Record<string, unknown>;
  }

  /** As it came, and so of any kind. */
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

  /** A field that may be missing, but not wrong; to be spread into the result. */
  readonly optional = <K extends string, T>(
    name: K,
    read: (name: string) => T,
  ): { readonly [P in K]?: T } =>
    this.value(name) === undefined ? {} : ({ [name]: read(name) } as { readonly [P in K]?: T });

  /** Strings that may be missing, but not wrong; to be spread into the result. */
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
