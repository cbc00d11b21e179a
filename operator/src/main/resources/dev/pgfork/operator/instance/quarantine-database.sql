-- What quarantine does in each database; :database is its oid.
SELECT format('dbname=''%s''', replace(replace(datname, '\', '\\'), '''', '\''')) AS conninfo
  FROM pg_database WHERE oid = :database \gset
\connect -reuse-previous=on :"conninfo"

SELECT format('ALTER EVENT TRIGGER %I DISABLE', evtname) FROM pg_event_trigger WHERE evtenabled <> 'D' \gexec

SELECT format('ROLLBACK PREPARED %L', gid) FROM pg_prepared_xacts WHERE database = current_database() \gexec

-- DROP SUBSCRIPTION would look on the publisher for the slots of relations that are still being copied.
UPDATE pg_subscription_rel SET srsubstate = 'r' WHERE srsubstate <> 'r';
SELECT format('DROP SUBSCRIPTION %I', subname) FROM pg_subscription WHERE subdbid = :database \gexec

-- Logins at other servers.
SELECT format('DROP USER MAPPING FOR %s SERVER %I', CASE WHEN umuser = 0 THEN 'PUBLIC' ELSE quote_ident(usename) END, srvname)
  FROM pg_user_mappings \gexec

-- Scheduled jobs. A table counts only if it belongs to the extension: anybody may have made one of that name, with
-- triggers that must not run as superuser.
SELECT format('UPDATE %s SET %I = false WHERE %I', relation, flag, flag)
  FROM (VALUES ('pg_cron', 'cron.job', 'active'),
               ('pgagent', 'pgagent.pga_job', 'jobenabled'),
               ('timescaledb', '_timescaledb_config.bgw_job', 'scheduled')) AS scheduler (extension, relation, flag)
  JOIN pg_extension ON extname = extension
  JOIN pg_depend ON refclassid = 'pg_extension'::regclass AND refobjid = pg_extension.oid AND deptype = 'e'
   AND classid = 'pg_class'::regclass AND objid = to_regclass(relation) \gexec
