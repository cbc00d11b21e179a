package dev.pgfork.operator.instance;

import static org.awaitility.Awaitility.await;

import java.util.List;
import java.util.Map;

/** A source with everything in it that could act from inside a copy, and with every trap for who tidies the copy up. */
final class HostileSource {
    static final String PASSWORD = "production-password";
    static final List<String> ROLES = List.of("app", "reader", "intruder", "we\"ird role");
    static final List<String> DATABASES = List.of("app", "closed", "we\"ird='\\ base", "postgres");

    final ScriptedInstance instance;
    private final Instances instances;
    private final ScriptedInstance publisher;

    HostileSource(Instances instances) {
        this.instances = instances;
        publisher = instances.databaseWith(Map.of("wal_level", "logical")).running();
        publisher.sql("app", """
                CREATE TABLE public.published (t text);
                CREATE PUBLICATION p FOR TABLE public.published;
                ALTER ROLE app REPLICATION;
                GRANT ALL ON public.published TO app;
                """);
        instance = instances
                .databaseWith(Map.of(
                        "wal_level", "logical",
                        "max_prepared_transactions", "10",
                        "archive_mode", "on",
                        "archive_command", "echo %f >>/mnt/run/archived",
                        "shared_preload_libraries", "pg_cron",
                        "cron.database_name", "app"))
                .running();
        subscribe();
        makeRoles();
        for (var database : DATABASES) {
            if (!List.of("app", "postgres").contains(database)) {
                instance.sql("postgres", "CREATE DATABASE " + quoted(database));
            }
            makeReachOut(database);
        }
        schedule();
        instance.sql("postgres", """
                SELECT pg_create_physical_replication_slot('physical', true);
                ALTER DATABASE closed ALLOW_CONNECTIONS false;
                """);
        setTraps();
    }

    /** Smaller than the source, on a volume with files that a less tidy server than ours may have left. */
    ScriptedInstance fork() {
        var fork = instances.forkOf(
                instance,
                Map.of(
                        "max_connections", "20",
                        "shared_preload_libraries", "pg_cron",
                        "cron.database_name", "app",
                        "archive_mode", "on",
                        "archive_command", "echo %f >>/mnt/run/archived"));
        var pgdata = fork.pgdata();
        RootFileSystem.write(pgdata.resolve("postgresql.auto.conf"), """
                primary_conninfo = 'host=source password=hunter2'
                primary_slot_name = 'physical'
                synchronous_standby_names = '*'
                shared_preload_libraries = 'no_such_library'
                recovery_end_command = 'touch /mnt/run/archived'
                event_triggers = on
                """);
        for (var file : List.of(
                "standby.signal", "server.key", ".pgpass", "pg_service.conf", "backup_label.old", "pg_hba.conf")) {
            RootFileSystem.write(pgdata.resolve(file), "hunter2\n");
        }
        return fork;
    }

    void publish(String text) {
        publisher.sql("app", "INSERT INTO public.published VALUES ('" + text + "')");
    }

    String received() {
        return instance.sql("app", "SELECT t FROM public.published");
    }

    String publishersSlots() {
        return publisher.sql("postgres", "SELECT slot_name, active FROM pg_replication_slots");
    }

    private void subscribe() {
        instance.sql("app", """
                CREATE TABLE public.published (t text);
                CREATE TABLE public.touched (by text);
                CREATE TABLE public.marker AS SELECT 'before the cut' AS i;
                CREATE SUBSCRIPTION live CONNECTION 'host=127.0.0.1 port=%d user=app password=%s dbname=app sslmode=require'
                    PUBLICATION p;
                SELECT pg_create_logical_replication_slot('logical', 'pgoutput');
                """.formatted(publisher.port, ScriptedInstance.OWNER_PASSWORD));
        publish("before the fork");
        await().atMost(ScriptedInstance.PATIENCE).until(() -> received().contains("before the fork"));
    }

    private void makeRoles() {
        instance.sql("postgres", """
                CREATE ROLE reader LOGIN PASSWORD '%1$s' REPLICATION;
                CREATE ROLE intruder LOGIN SUPERUSER PASSWORD '%1$s';
                CREATE ROLE sleeper NOLOGIN PASSWORD '%1$s';
                CREATE ROLE "we""ird role" LOGIN PASSWORD '%1$s';
                CREATE ROLE admins NOLOGIN SUPERUSER;
                CREATE ROLE between NOLOGIN;
                GRANT admins TO between;
                GRANT between, pg_execute_server_program TO app WITH ADMIN OPTION;
                GRANT postgres TO app;
                ALTER ROLE app SUPERUSER REPLICATION PASSWORD '%1$s' VALID UNTIL '2001-01-01';
                ALTER ROLE pgfork SUPERUSER CONNECTION LIMIT 0 PASSWORD '%1$s';
                ALTER ROLE postgres PASSWORD '%1$s';
                """.formatted(PASSWORD));
    }

    private void makeReachOut(String database) {
        instance.sql(database, """
                CREATE EXTENSION postgres_fdw SCHEMA public;
                CREATE SERVER "far ""away" FOREIGN DATA WRAPPER postgres_fdw OPTIONS (host 'production');
                CREATE USER MAPPING FOR app SERVER "far ""away" OPTIONS (user 'svc', password '%1$s');
                CREATE USER MAPPING FOR "we""ird role" SERVER "far ""away" OPTIONS (user 'svc', password '%1$s');
                CREATE USER MAPPING FOR PUBLIC SERVER "far ""away" OPTIONS (user 'svc', password '%1$s');
                CREATE SUBSCRIPTION %2$s CONNECTION 'host=127.0.0.1 port=%3$d user=app password=%1$s dbname=app' PUBLICATION p
                    WITH (connect = false, slot_name = 'live');
                """.formatted(PASSWORD, quoted("s " + database), publisher.port));
        if (List.of("app", "closed").contains(database)) {
            instance.sql(database, """
                    CREATE TABLE public.prepared (i int);
                    BEGIN;
                    INSERT INTO public.prepared VALUES (1);
                    PREPARE TRANSACTION 'it''s %s';
                    """.formatted(database));
        }
    }

    /**
     * A job every minute and triggers on whatever happens; and what only looks like a scheduler, with a trigger of its
     * own.
     */
    private void schedule() {
        instance.sql("app", """
                CREATE EXTENSION pg_cron;
                INSERT INTO cron.job (schedule, command, nodename, nodeport, database, username)
                    VALUES ('* * * * *', 'INSERT INTO public.touched VALUES (''cron'')', '', 5432, 'app', 'postgres');
                CREATE FUNCTION public.touch() RETURNS event_trigger LANGUAGE plpgsql
                    AS $$ BEGIN RAISE EXCEPTION 'touched'; END $$;
                CREATE EVENT TRIGGER at_login ON login EXECUTE FUNCTION public.touch();
                CREATE EVENT TRIGGER "at ""ddl" ON ddl_command_start EXECUTE FUNCTION public.touch();
                ALTER EVENT TRIGGER at_login ENABLE ALWAYS;
                ALTER EVENT TRIGGER "at ""ddl" ENABLE REPLICA;
                """);
        instance.sql("postgres", """
                CREATE SCHEMA cron;
                CREATE TABLE cron.job (active boolean DEFAULT true);
                INSERT INTO cron.job DEFAULT VALUES;
                CREATE FUNCTION public.refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'no'; END $$;
                CREATE TRIGGER always BEFORE UPDATE ON cron.job EXECUTE FUNCTION public.refuse();
                ALTER TABLE cron.job ENABLE ALWAYS TRIGGER always;
                ALTER TABLE cron.job OWNER TO reader;
                """);
    }

    private void setTraps() {
        instance.sql("app", """
                CREATE SCHEMA evil;
                CREATE VIEW evil.pg_subscription AS SELECT 1/0 AS subname;
                CREATE FUNCTION evil.format(text, name) RETURNS text LANGUAGE sql AS 'SELECT ''DROP DATABASE app''';
                CREATE FUNCTION evil.current_database() RETURNS name LANGUAGE sql AS 'SELECT ''evil''::name';
                ALTER DATABASE app SET search_path = evil, pg_catalog;
                ALTER DATABASE app SET work_mem = '5MB';
                ALTER DATABASE app SET session_preload_libraries = '';
                ALTER DATABASE postgres SET local_preload_libraries = 'no_such_library';
                ALTER ROLE ALL SET session_preload_libraries = 'no_such_library';
                ALTER ROLE postgres IN DATABASE app SET session_preload_libraries = 'no_such_library';
                ALTER ROLE postgres IN DATABASE app SET statement_timeout = 1;
                ALTER ROLE postgres SET role = reader;
                ALTER ROLE postgres SET statement_timeout = 1;
                ALTER ROLE postgres SET lock_timeout = 1;
                ALTER ROLE postgres SET transaction_timeout = 1;
                ALTER ROLE ALL SET default_transaction_read_only = on;
                ALTER ROLE ALL SET log_statement = 'all';
                ALTER ROLE ALL SET standard_conforming_strings = off;
                ALTER ROLE ALL SET client_encoding = 'LATIN1';
                ALTER ROLE ALL SET "plpgsql.extra_errors" = 'all';
                ALTER DATABASE app SET event_triggers = on;
                ALTER DATABASE app SET session_replication_role = origin;
                ALTER ROLE pgfork SET session_preload_libraries = 'no_such_library';
                ALTER ROLE pgfork IN DATABASE postgres SET search_path = public;
                """);
    }

    private static String quoted(String name) {
        return "\"" + name.replace("\"", "\"\"") + "\"";
    }
}
