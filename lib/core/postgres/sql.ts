/**
 * What all SQL of this library is made of.
 *
 * A role may set almost anything for its sessions, and no statement may depend on it (docs/decisions/role-settings.md).
 * Every function, type, relation and operator is named with its schema, so that nothing that stands earlier in a search
 * path can answer in its place. Null stands in no array, since `array_nulls` may be off. Durations are whole numbers,
 * since `extra_float_digits` may round others.
 */

const operator = (name: string) => `OPERATOR(pg_catalog.${name})`;
export const EQUALS = operator('=');
export const DIFFERS = operator('<>');
const AND_BITS = operator('&');
const OR_BITS = operator('|');
const LEFT_BY = operator('<<');
const RIGHT_BY = operator('>>');

/** This database, since the server's views show all. */
export const THIS_DATABASE = `
  (SELECT d.oid FROM pg_catalog.pg_database d WHERE d.datname ${EQUALS} pg_catalog.current_database())`;

/** A row of `pg_locks` that is a granted lock with a key of 64 bits, in this database. */
export const GRANTED_LOCKS = `
    FROM pg_catalog.pg_locks l
   WHERE l.locktype ${EQUALS} 'advisory' AND l.granted AND l.objsubid ${EQUALS} 1::pg_catalog.int2
     AND l.database ${EQUALS} ${THIS_DATABASE}`;

/** It is a lock of this session. */
export const OURS = `l.pid ${EQUALS} pg_catalog.pg_backend_pid()`;

/** A row of `pg_locks` that is an election's lock: $1 and $2 its upper and lower half. */
export const GRANTED_LOCK = `
  ${GRANTED_LOCKS} AND l.classid ${EQUALS} $1::pg_catalog.oid AND l.objid ${EQUALS} $2::pg_catalog.oid`;

/** As the server itself takes the two halves for one key. */
export const KEY = `((l.classid::pg_catalog.int8 ${LEFT_BY} 32) ${OR_BITS} l.objid::pg_catalog.int8)`;

/** The tag of a key: its first 16 bits. */
export const tagOf = (key: string) =>
  `((${key} ${RIGHT_BY} 48) ${AND_BITS} 65535::pg_catalog.int8)`;

/** For how many whole milliseconds a moment has passed. */
export const since = (moment: string) => `
  pg_catalog.floor(pg_catalog.date_part('epoch', pg_catalog.clock_timestamp() ${operator('-')} ${moment})
                   ${operator('*')} 1000::pg_catalog.float8)::pg_catalog.int8`;

/** For how many milliseconds a session `a` has sent nothing; null where this role may not see that. */
export const SILENCE = since('a.state_change');
