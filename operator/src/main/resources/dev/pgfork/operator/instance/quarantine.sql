-- Makes a copied cluster harmless to its source and closed to the source's users. Runs in private, may run again.

-- Databases that take no connections can hold subscriptions, mappings and prepared transactions, too. The mark comes
-- first and goes last, so that a second run closes them again as well.
SELECT format('ALTER DATABASE %I SET pgfork.closed_by_source = on', datname)
  FROM pg_database WHERE NOT datallowconn AND datconnlimit <> -2 \gexec
SELECT format('ALTER DATABASE %I ALLOW_CONNECTIONS true', datname)
  FROM pg_database WHERE NOT datallowconn AND datconnlimit <> -2 \gexec

-- No subscription may reach its publisher again: without slot and address, dropping one leaves the publisher alone.
UPDATE pg_subscription SET subenabled = false, subslotname = NULL, subconninfo = 'dbname=disabled';

-- psql has no loop: write one, and end it in the database where it began.
\set each_database :work '/each-database.sql'
\set one_database :scripts '/quarantine-database.sql'
SELECT format(E'\\set database %s\n\\i :one_database', oid)
  FROM pg_database
 WHERE datallowconn AND datconnlimit <> -2
 ORDER BY datname = current_database(), oid \g :each_database
\i :each_database

SELECT format('ALTER DATABASE %I ALLOW_CONNECTIONS false', datname)
  FROM pg_database JOIN pg_db_role_setting ON setdatabase = pg_database.oid AND setrole = 0
 WHERE 'pgfork.closed_by_source=on' = ANY (setconfig) \gexec
SELECT format('ALTER DATABASE %I RESET pgfork.closed_by_source', datname)
  FROM pg_database JOIN pg_db_role_setting ON setdatabase = pg_database.oid AND setrole = 0
 WHERE 'pgfork.closed_by_source=on' = ANY (setconfig) \gexec

-- Nobody of the source gets in, superusers included.
SELECT format('ALTER ROLE %I NOLOGIN PASSWORD NULL', rolname)
  FROM pg_authid
 WHERE (rolcanlogin OR rolpassword IS NOT NULL) AND rolname NOT IN ('postgres', 'pgfork', :'owner') \gexec
ALTER ROLE postgres PASSWORD NULL;
-- Nor may the owner become a superuser by SET ROLE.
SELECT format('REVOKE %I FROM %I GRANTED BY %I CASCADE', superuser.rolname, member.rolname, grantor.rolname)
  FROM pg_auth_members
  JOIN pg_authid AS superuser ON superuser.oid = roleid AND superuser.rolsuper
  JOIN pg_authid AS member ON member.oid = pg_auth_members.member
  JOIN pg_authid AS grantor ON grantor.oid = pg_auth_members.grantor \gexec

-- What would break the operator's own sessions, or load the source's choice of code into every session.
SELECT format('ALTER ROLE %I IN DATABASE %I RESET ALL', rolname, datname)
  FROM pg_db_role_setting JOIN pg_authid ON setrole = pg_authid.oid JOIN pg_database ON setdatabase = pg_database.oid
 WHERE rolname IN ('postgres', 'pgfork') \gexec
ALTER ROLE postgres RESET ALL;
SELECT concat_ws(' ', 'ALTER',
                 CASE WHEN rolname IS NULL THEN format('DATABASE %I', datname)
                      WHEN datname IS NULL THEN format('ROLE %I', rolname)
                      ELSE format('ROLE %I IN DATABASE %I', rolname, datname) END,
                 'RESET', split_part(setting, '=', 1))
  FROM pg_db_role_setting
  LEFT JOIN pg_authid ON setrole = pg_authid.oid
  LEFT JOIN pg_database ON setdatabase = pg_database.oid,
       unnest(setconfig) AS setting
 WHERE split_part(setting, '=', 1) IN ('session_preload_libraries', 'local_preload_libraries') \gexec
