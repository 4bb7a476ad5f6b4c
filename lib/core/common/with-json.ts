import { isError, messageOf, propertyOf } from './thrown.js';

/**
 * Makes an object safe for `JSON.stringify`, because applications return it from routes. A bigint, on which
 * `JSON.stringify` throws, becomes a string of digits (a number would lose precision). An error, which would become
 * `{}`, keeps its name and message.
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
