import { types } from 'node:util';

/**
 * Anything can be thrown, also what throws again when it is looked at: an object without a prototype has no `toString`,
 * getters and proxies run code of their own, and a revoked proxy throws even at `instanceof`. Nothing here throws,
 * whatever it is given. So read what was caught through these functions, and in no other way.
 */

/** Whether it is an error, also one of another realm. */
export function isError(thrown: unknown): thrown is Error {
  try {
    return types.isNativeError(thrown) || thrown instanceof Error;
  } catch {
    return false;
  }
}

/** The value of a property; undefined where there is none, or it can't be read. */
export function propertyOf(thrown: unknown, key: string): unknown {
  try {
    return (thrown as Readonly<Record<string, unknown>> | null | undefined)?.[key];
  } catch {
    return undefined;
  }
}

/** As `String()` gives it: `TypeError: …` for an error. */
export function stringOf(thrown: unknown): string {
  try {
    return String(thrown);
  } catch {
    return `${typeof thrown === 'function' ? 'a function' : 'an object'} that can't be turned into a string`;
  }
}

/** The message of an error; anything else as {@link stringOf}. */
export function messageOf(thrown: unknown): string {
  const message = isError(thrown) ? propertyOf(thrown, 'message') : undefined;
  return typeof message === 'string' && message !== '' ? message : stringOf(thrown);
}

/** The stack of an error, where it has one. */
export function stackOf(thrown: unknown): string | undefined {
  const stack = isError(thrown) ? propertyOf(thrown, 'stack') : undefined;
  return typeof stack === 'string' ? stack : undefined;
}

/** The error itself, if everybody may read it; otherwise one that says the same. */
export function asError(thrown: unknown): Error {
  if (isError(thrown) && READABLE.every((key) => typeof propertyOf(thrown, key) === 'string'))
    return thrown;
  return new Error(messageOf(thrown));
}

/** What others read of an error: logs, events, and routes that send it. */
const READABLE = ['name', 'message', 'stack'] as const;
