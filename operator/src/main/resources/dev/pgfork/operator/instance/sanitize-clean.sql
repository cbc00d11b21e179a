-- After the sanitize steps, in each database: what they replaced must not be readable any more. Dead rows are removed by
-- writing the tables anew. Statistics hold values of columns: ANALYZE alone leaves the old ones as dead rows, and those of a
-- table that is empty now even in force.
SELECT EXISTS (SELECT FROM pg_namespace WHERE nspname = 'pgfork_sanitize' AND nspowner = 'postgres'::regrole)
   AND to_regclass('pgfork_sanitize.touched') IS NOT NULL AS was_sanitized \gset
\if :was_sanitized
CREATE OR REPLACE VIEW pgfork_sanitize.written AS
SELECT DISTINCT t.oid, t.relkind, n.nspname, t.relname
  FROM pg_class AS found
  LEFT JOIN pg_class AS of_toast ON of_toast.reltoastrelid = found.oid
  LEFT JOIN pg_index ON indexrelid = found.oid
  JOIN pg_class AS t ON t.oid = coalesce(of_toast.oid, indrelid, found.oid)
  JOIN pg_namespace AS n ON n.oid = t.relnamespace
 WHERE (found.oid IN (SELECT relation FROM pgfork_sanitize.touched)
        OR (found.oid >= 16384
            OR found.oid IN ('pg_largeobject'::regclass, 'pg_description'::regclass, 'pg_attrdef'::regclass, 'pg_enum'::regclass))
           AND EXISTS (SELECT FROM pgfork_sanitize.touched WHERE relation = 0))
   AND t.relkind IN ('r', 'm', 'p') AND NOT t.relisshared AND t.relpersistence <> 't' AND n.nspname <> 'pgfork_sanitize';
-- The statistics of a table that others inherit from cover them, too.
CREATE OR REPLACE VIEW pgfork_sanitize.described AS
WITH RECURSIVE up (oid) AS (
    SELECT oid FROM pgfork_sanitize.written UNION SELECT inhparent FROM up JOIN pg_inherits ON inhrelid = up.oid
)
SELECT t.oid, relkind, nspname, relname
  FROM up JOIN pg_class AS t ON t.oid = up.oid JOIN pg_namespace AS n ON n.oid = relnamespace
 WHERE relkind IN ('r', 'm', 'p');
-- Before 17 the expressions of indexes are evaluated under the session's path, and many name functions without a schema.
SET search_path = pg_catalog, public;
SELECT format('VACUUM (FULL) %I.%I', nspname, relname) FROM pgfork_sanitize.written WHERE relkind <> 'p' ORDER BY oid \gexec
DELETE FROM pg_statistic
 WHERE starelid IN (SELECT oid FROM pgfork_sanitize.described
                    UNION ALL SELECT indexrelid FROM pg_index JOIN pgfork_sanitize.described AS d ON d.oid = indrelid);
DELETE FROM pg_statistic_ext_data
 USING pg_statistic_ext
 WHERE stxoid = pg_statistic_ext.oid AND stxrelid IN (SELECT oid FROM pgfork_sanitize.described);
SELECT format('ANALYZE %I.%I', nspname, relname) FROM pgfork_sanitize.described ORDER BY oid \gexec
VACUUM (FULL) pg_statistic;
VACUUM (FULL) pg_statistic_ext_data;
DROP SCHEMA pgfork_sanitize CASCADE;
\endif
