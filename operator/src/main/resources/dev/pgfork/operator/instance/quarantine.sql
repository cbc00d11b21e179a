-- Makes a copied cluster harmless to its source, and closed to the source's users. Runs in private; may run again.
-- No PL/pgSQL anywhere: it may have been dropped.

-- The operator looks through database postgres.
SELECT 'CREATE DATABASE postgres TEMPLATE template0' WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = 'postgres') \gexec
ALTER DATABASE postgres ALLOW_CONNECTIONS true;

-- Databases that take no connections may hold subscriptions, logins and prepared transactions, too. They are marked
-- before they are opened, so that a second run, too, knows which ones to close again.
SELECT format('ALTER DATABASE %I SET pgfork.closed_by_source = on', datname)
  FROM pg_database WHERE NOT datallowconn AND datconnlimit <> -2 \gexec
SELECT format('ALTER DATABASE %I ALLOW_CONNECTIONS true', datname)
  FROM pg_database WHERE NOT datallowconn AND datconnlimit <> -2 \gexec

-- Without slot and address, dropping a subscription leaves its publisher alone.
UPDATE pg_subscription SET subenabled = false, subslotname = NULL, subconninfo = 'dbname=disabled';

-- psql has no loop: write one. It ends in database postgres.
\set each_database :work '/each-database.sql'
\set one_database :scripts '/quarantine-database.sql'
SELECT format(E'\\set database %s\n\\i :one_database', oid)
  FROM pg_database
 WHERE datallowconn AND datconnlimit <> -2
 ORDER BY datname = 'postgres', oid \g :each_database
\i :each_database

SELECT format('ALTER DATABASE %I ALLOW_CONNECTIONS false', datname)
  FROM pg_database JOIN pg_db_role_setting ON setdatabase = pg_database.oid AND setrole = 0
 WHERE 'pgfork.closed_by_source=on' = ANY (setconfig) AND datname <> 'postgres' \gexec
SELECT format('ALTER DATABASE %I RESET pgfork.closed_by_source', datname)
  FROM pg_database JOIN pg_db_role_setting ON setdatabase = pg_database.oid AND setrole = 0
 WHERE 'pgfork.closed_by_source=on' = ANY (setconfig) \gexec

-- Nobody of the source gets in, superusers included …
SELECT format('ALTER ROLE %I NOLOGIN PASSWORD NULL', rolname)
  FROM pg_authid
 WHERE (rolcanlogin OR rolpassword IS NOT NULL) AND rolname NOT IN ('postgres', 'pgfork', :'owner') \gexec
ALTER ROLE postgres PASSWORD NULL;
-- … and nobody becomes one, or reaches the files and programs of this container.
SELECT format('REVOKE %I FROM %I GRANTED BY %I CASCADE', granted.rolname, member.rolname, grantor.rolname)
  FROM pg_auth_members AS membership
  JOIN pg_authid AS granted ON granted.oid = roleid
  JOIN pg_authid AS member ON member.oid = membership.member
  JOIN pg_authid AS grantor ON grantor.oid = membership.grantor
 WHERE granted.rolsuper
    OR granted.rolname IN ('pg_execute_server_program', 'pg_read_server_files', 'pg_write_server_files') \gexec

-- Settings that would break the operator's sessions, or that load code of the source's choice into every session.
SELECT format('ALTER ROLE %I IN DATABASE %I RESET ALL', rolname, datname)
  FROM pg_db_role_setting JOIN pg_authid ON setrole = pg_authid.oid JOIN pg_database ON setdatabase = pg_database.oid
 WHERE rolname IN ('postgres', 'pgfork') \gexec
ALTER ROLE postgres RESET ALL;
SELECT concat_ws(' ', 'ALTER',
                 CASE WHEN datname IS NULL THEN concat('ROLE ', coalesce(quote_ident(rolname), 'ALL'))
                      WHEN rolname IS NULL THEN format('DATABASE %I', datname)
                      ELSE format('ROLE %I IN DATABASE %I', rolname, datname) END,
                 'RESET', name)
  FROM pg_db_role_setting
  LEFT JOIN pg_authid ON setrole = pg_authid.oid
  LEFT JOIN pg_database ON setdatabase = pg_database.oid,
       unnest(setconfig) AS setting, split_part(setting, '=', 1) AS name
 WHERE name IN ('session_preload_libraries', 'local_preload_libraries') \gexec
