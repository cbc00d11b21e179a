-- The roles that pgfork itself needs, in a new cluster and in a copied one. Only SCRAM verifiers are on the mounts.
SELECT format('CREATE ROLE %I', wanted)
  FROM unnest(ARRAY[:'owner', 'pgfork']) AS wanted
 WHERE NOT EXISTS (SELECT FROM pg_authid WHERE rolname = wanted) \gexec
SELECT format('ALTER ROLE %I LOGIN NOSUPERUSER NOREPLICATION VALID UNTIL ''infinity'' PASSWORD %L',
              role, btrim(pg_read_file(:'roles' || '/' || file), E' \n'))
  FROM (VALUES (:'owner', 'owner'), ('pgfork', 'pgfork')) AS r (role, file) \gexec

-- The operator's own network role: it reads and checkpoints, and asks for nothing else.
ALTER ROLE pgfork NOCREATEDB NOCREATEROLE NOBYPASSRLS NOINHERIT CONNECTION LIMIT -1;
ALTER ROLE pgfork RESET ALL;
ALTER ROLE pgfork INHERIT;
ALTER ROLE pgfork SET search_path = pg_catalog;
-- What its session options cannot say, because 15 and 16 do not know it: a login trigger in the database postgres must
-- not lock it out, and CHECKPOINT may take longer than users' transactions may.
ALTER ROLE pgfork IN DATABASE postgres RESET ALL;
SELECT format('ALTER ROLE pgfork IN DATABASE postgres SET %I = %L', name, CASE vartype WHEN 'bool' THEN 'off' ELSE '0' END)
  FROM pg_settings WHERE name IN ('event_triggers', 'transaction_timeout') \gexec
GRANT pg_monitor, pg_checkpoint TO pgfork;
GRANT CONNECT ON DATABASE postgres TO pgfork;
-- It connects with an empty list: a library that ALTER ROLE ALL SET names and that is not there would lock it out.
GRANT SET ON PARAMETER session_preload_libraries TO pgfork;
SELECT format('GRANT EXECUTE ON FUNCTION %s TO pgfork', oid::regprocedure)
  FROM pg_proc
 WHERE pronamespace = 'pg_catalog'::regnamespace
   AND proname IN ('pg_logical_emit_message', 'pg_control_system', 'pg_control_checkpoint', 'pg_control_recovery') \gexec

-- By it the operator counts the commits that a follower lags behind. Not every image has it; and where the source has
-- closed the database postgres this is template1, which every new database would get it from.
SELECT 'CREATE SCHEMA pgfork; CREATE EXTENSION pg_walinspect SCHEMA pgfork'
  FROM pg_available_extensions
 WHERE name = 'pg_walinspect' AND installed_version IS NULL AND current_database() = 'postgres'
   AND to_regnamespace('pgfork') IS NULL \gexec
SELECT 'GRANT USAGE ON SCHEMA pgfork TO pgfork'
  FROM pg_namespace WHERE nspname = 'pgfork' AND nspowner = 'postgres'::regrole \gexec
SELECT format('GRANT EXECUTE ON FUNCTION %s TO pgfork', oid::regprocedure)
  FROM pg_proc
 WHERE pronamespace = to_regnamespace('pgfork') AND proname = 'pg_get_wal_records_info'
   AND proowner = 'postgres'::regrole \gexec
