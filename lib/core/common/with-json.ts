import { isError, messageOf, propertyOf } from './thrown.js';

/**
 * Makes an object fit for `JSON.stringify`: it throws on a bigint, of which it now gets the digits as a string (a number would
 * lose some), and leaves nothing of an error, of which it now gets the message. Routes return what they are given.
 *
 * @internal
 */
export function withJson<T extends object>(value: T): T {
  return Object.defineProperty(value, 'toJSON', {
    value: () =>
      Object.fromEntries(Object.entries(value).map(([key, field]) => [key, asJson(field)])),
  });
}

function asJson(field: unknown): unknown {
  if (typeof field === 'bigint') return String(field);
  if (isError(field)) return { name: propertyOf(field, 'name'), message: messageOf(field) };
  return field;
}
