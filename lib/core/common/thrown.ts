import { types } from 'node:util';

/**
 * Code can throw any value, and reading that value can throw again: an object without a prototype has no `toString`,
 * getters and proxies run arbitrary code, and a revoked proxy throws even on `instanceof`. These functions never throw,
 * so read caught values only through them.
 */

/** Whether a value is an error, including an error of another realm. */
export function isError(thrown: unknown): thrown is Error {
  try {
    return types.isNativeError(thrown) || thrown instanceof Error;
  } catch {
    return false;
  }
}

/** The value of a property; undefined if it is missing or can't be read. */
export function propertyOf(thrown: unknown, key: string): unknown {
  try {
    return (thrown as Readonly<Record<string, unknown>> | null | undefined)?.[key];
  } catch {
    return undefined;
  }
}

/** The result of `String()`, such as `TypeError: …` for an error. */
export function stringOf(thrown: unknown): string {
  try {
    return String(thrown);
  } catch {
    return `${typeof thrown === 'function' ? 'a function' : 'an object'} that can't be converted to a string`;
  }
}

/** The message of an error; for any other value, {@link stringOf}. */
export function messageOf(thrown: unknown): string {
  const message = isError(thrown) ? propertyOf(thrown, 'message') : undefined;
  return typeof message === 'string' && message !== '' ? message : stringOf(thrown);
}

/** The stack of an error, if it has one. */
export function stackOf(thrown: unknown): string | undefined {
  const stack = isError(thrown) ? propertyOf(thrown, 'stack') : undefined;
  return typeof stack === 'string' ? stack : undefined;
}

/** The error itself if it can be read safely; otherwise a new error with the same message. */
export function asError(thrown: unknown): Error {
  if (isError(thrown) && READABLE.every((key) => typeof propertyOf(thrown, key) === 'string'))
    return thrown;
  return new Error(messageOf(thrown));
}

/** The properties that logs, events and HTTP responses read. */
const READABLE = ['name', 'message', 'stack'] as const;
