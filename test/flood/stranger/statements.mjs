// What a role can send and see that may do nothing in a database but connect.

export const CHANNEL = 'nestjs_leader_election';

/** $1 the messages. */
export const SEND = `SELECT pg_notify('${CHANNEL}', message) FROM unnest($1::text[]) message`;

/** Who takes part. */
export const INSTANCES = `SELECT substr(application_name, 24) AS instance FROM pg_stat_activity
                           WHERE application_name LIKE 'nestjs-leader-election %'`;

/** The locks of elections. */
export const KEYS = `SELECT ((classid::int8 << 32) | objid::int8)::text AS key FROM pg_locks
                      WHERE locktype = 'advisory' AND granted AND classid::int8 >> 16 = x'4c45'::int`;
