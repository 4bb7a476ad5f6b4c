import type { TestDatabase } from '../database.js';

/**
 * Creates a schema that has everything that `pg_catalog` has, under the same names and for the same types: functions and
 * operators that throw, types that take no value, and relations without rows. Whoever puts it before `pg_catalog` in a
 * search path can use nothing any more that is not named with its schema.
 */
export async function createHostileSchema(database: TestDatabase, schema: string): Promise<void> {
  await database.query(HOSTILE.replaceAll('hostile', schema));
}

/** PL/pgSQL takes only those pseudo-types that stand for other types, and may return rows and nothing as well. */
const NOT_TAKEN = `SELECT oid FROM pg_type WHERE typtype = 'p' AND typname NOT LIKE 'any_%' AND typname <> 'record'`;
const NOT_GIVEN = `${NOT_TAKEN} AND typname <> 'void'`;

const HOSTILE = `
  CREATE SCHEMA hostile;
  GRANT USAGE ON SCHEMA hostile TO PUBLIC;
  SET check_function_bodies = off;
  DO $do$
  DECLARE
    one record;
  BEGIN
    FOR one IN
      SELECT p.proname AS name, oidvectortypes(p.proargtypes) AS takes,
             CASE WHEN p.proretset THEN 'SETOF ' ELSE '' END || format_type(p.prorettype, NULL) AS gives
        FROM pg_proc p
       WHERE p.pronamespace = 'pg_catalog'::regnamespace AND p.prokind = 'f'
         AND NOT p.proargtypes::oid[] && ARRAY(${NOT_TAKEN}) AND p.prorettype <> ALL (ARRAY(${NOT_GIVEN}))
    LOOP
      EXECUTE format(
        'CREATE FUNCTION hostile.%I(%s) RETURNS %s LANGUAGE plpgsql AS ''BEGIN RAISE EXCEPTION ''''hostile function''''; END''',
        one.name, one.takes, one.gives);
    END LOOP;
    FOR one IN
      SELECT o.oprname AS name, p.proname AS function,
             CASE WHEN o.oprleft = 0 THEN '' ELSE format(', LEFTARG = %s', format_type(o.oprleft, NULL)) END
               || format(', RIGHTARG = %s', format_type(o.oprright, NULL)) AS takes
        FROM pg_operator o
        JOIN pg_proc p ON p.oid = o.oprcode
        JOIN pg_proc h ON h.pronamespace = 'hostile'::regnamespace
             AND (h.proname, h.proargtypes) = (p.proname, p.proargtypes)
       WHERE o.oprnamespace = 'pg_catalog'::regnamespace
    LOOP
      EXECUTE format('CREATE OPERATOR hostile.%s (FUNCTION = hostile.%I %s)', one.name, one.function, one.takes);
    END LOOP;
    FOR one IN
      SELECT t.typname AS name FROM pg_type t
       WHERE t.typnamespace = 'pg_catalog'::regnamespace AND t.typtype = 'b' AND t.typelem = 0
    LOOP
      EXECUTE format('CREATE DOMAIN hostile.%I AS pg_catalog.%I CHECK (false)', one.name, one.name);
    END LOOP;
    FOR one IN
      SELECT c.relname AS name FROM pg_class c
       WHERE c.relnamespace = 'pg_catalog'::regnamespace AND c.relkind IN ('r', 'v')
    LOOP
      BEGIN
        EXECUTE format('CREATE VIEW hostile.%I AS SELECT * FROM pg_catalog.%I WHERE false', one.name, one.name);
        EXECUTE format('GRANT SELECT ON hostile.%I TO PUBLIC', one.name);
      EXCEPTION WHEN invalid_table_definition THEN -- A view can't have columns of a pseudo-type.
      END;
    END LOOP;
  END
  $do$;
  RESET check_function_bodies`;
