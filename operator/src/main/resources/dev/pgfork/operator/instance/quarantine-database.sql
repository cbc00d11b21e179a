-- What quarantine does in the database with the oid :database. No PL/pgSQL: it may have been dropped.
SELECT format('dbname=''%s''', replace(replace(datname, '\', '\\'), '''', '\''')) AS conninfo
  FROM pg_database WHERE oid = :database \gset
\connect -reuse-previous=on :"conninfo"

SELECT format('ALTER EVENT TRIGGER %I DISABLE', evtname) FROM pg_event_trigger WHERE evtenabled <> 'D' \gexec

SELECT format('ROLLBACK PREPARED %L', gid) FROM pg_prepared_xacts WHERE database = current_database() \gexec

-- Relations that were still being copied would make DROP SUBSCRIPTION look for their slots on the publisher.
UPDATE pg_subscription_rel SET srsubstate = 'r' WHERE srsubstate <> 'r';
SELECT format('DROP SUBSCRIPTION %I', subname)
  FROM pg_subscription JOIN pg_database ON subdbid = pg_database.oid WHERE datname = current_database() \gexec

-- Logins at other servers.
SELECT format('DROP USER MAPPING FOR %s SERVER %I', CASE WHEN umuser = 0 THEN 'PUBLIC' ELSE quote_ident(usename) END, srvname)
  FROM pg_user_mappings \gexec

-- Schedulers, as far as their tables belong to the real extension: nobody else's triggers run here.
SELECT format('UPDATE %s SET %I = false WHERE %I', relation, column_name, column_name)
  FROM (VALUES ('pg_cron', 'cron.job', 'active'),
               ('pgagent', 'pgagent.pga_job', 'jobenabled'),
               ('timescaledb', '_timescaledb_config.bgw_job', 'scheduled')) AS scheduler (extension, relation, column_name)
  JOIN pg_extension ON extname = extension
  JOIN pg_depend ON refclassid = 'pg_extension'::regclass AND refobjid = pg_extension.oid AND deptype = 'e'
   AND classid = 'pg_class'::regclass AND objid = to_regclass(relation) \gexec
