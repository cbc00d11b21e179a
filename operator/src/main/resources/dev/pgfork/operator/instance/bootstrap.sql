-- The first contents of a new cluster: the superuser's verifier if it may connect, the database and its extensions.
\if :superuser
SELECT format('ALTER ROLE postgres PASSWORD %L', btrim(pg_read_file(:'roles' || '/superuser'), E' \n')) \gexec
\endif
SELECT format('CREATE DATABASE %I OWNER %I', :'database', :'owner')
 WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = :'database') \gexec
SELECT format('dbname=''%s''', replace(replace(:'database', '\', '\\'), '''', '\''')) AS conninfo \gset
\connect -reuse-previous=on :"conninfo"
-- Where their objects go, unless an extension decides that itself. In pg_catalog they would clash with Postgres' own.
SET search_path = public;
SELECT format('CREATE EXTENSION IF NOT EXISTS %I CASCADE', btrim(name))
  FROM string_to_table(:'extensions', ',') AS name
 WHERE btrim(name) <> '' \gexec
