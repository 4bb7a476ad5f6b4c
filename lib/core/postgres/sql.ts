/**
 * The building blocks and rules of all SQL in this library.
 *
 * A role can have almost any settings, and no statement may depend on them (docs/decisions/role-settings.md). All
 * functions, types, relations and operators are schema-qualified, so that objects earlier in the search path can't
 * replace them. Arrays contain no nulls, because `array_nulls` may be off. Durations are integers, because
 * `extra_float_digits` may round fractions.
 */

const operator = (name: string) => `OPERATOR(pg_catalog.${name})`;
export const EQUALS = operator('=');
export const DIFFERS = operator('<>');
const AND_BITS = operator('&');
const OR_BITS = operator('|');
const LEFT_BY = operator('<<');
const RIGHT_BY = operator('>>');

/** The OID of this database: the views of the server show all databases. */
export const THIS_DATABASE = `
  (SELECT d.oid FROM pg_catalog.pg_database d WHERE d.datname ${EQUALS} pg_catalog.current_database())`;

/** The rows of `pg_locks` that are granted advisory locks with a 64-bit key, in this database. */
export const GRANTED_LOCKS = `
    FROM pg_catalog.pg_locks l
   WHERE l.locktype ${EQUALS} 'advisory' AND l.granted AND l.objsubid ${EQUALS} 1::pg_catalog.int2
     AND l.database ${EQUALS} ${THIS_DATABASE}`;

/** The lock is held by this session. */
export const OURS = `l.pid ${EQUALS} pg_catalog.pg_backend_pid()`;

/** The row of `pg_locks` of a lock; $1 and $2: the upper and lower half of its key. */
export const GRANTED_LOCK = `
  ${GRANTED_LOCKS} AND l.classid ${EQUALS} $1::pg_catalog.oid AND l.objid ${EQUALS} $2::pg_catalog.oid`;

/** Combines the two halves into one key, as the server does. */
export const KEY = `((l.classid::pg_catalog.int8 ${LEFT_BY} 32) ${OR_BITS} l.objid::pg_catalog.int8)`;

/** The tag of a key: its first 16 bits. */
export const tagOf = (key: string) =>
  `((${key} ${RIGHT_BY} 48) ${AND_BITS} 65535::pg_catalog.int8)`;

/** The time since a moment, in whole milliseconds. */
export const since = (moment: string) => `
  pg_catalog.floor(pg_catalog.date_part('epoch', pg_catalog.clock_timestamp() ${operator('-')} ${moment})
                   ${operator('*')} 1000::pg_catalog.float8)::pg_catalog.int8`;

/** How long a session `a` has been silent, in milliseconds; null if this role is not allowed to see that. */
export const SILENCE = since('a.state_change');
