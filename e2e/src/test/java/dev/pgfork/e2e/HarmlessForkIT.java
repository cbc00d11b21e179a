package dev.pgfork.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.pgfork.e2e.cluster.Instance;
import dev.pgfork.e2e.cluster.TestNamespace;
import java.sql.SQLException;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.extension.RegisterExtension;

/**
 * A source that acts on the world in every way that a fork must not inherit: it subscribes to another database, runs
 * scheduled jobs, writes through foreign tables, archives, holds prepared transactions and slots, reacts to logins, and
 * has settings on roles and databases that get in the way of whoever cleans up.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class HarmlessForkIT {

    @RegisterExtension
    static final TestNamespace NAMESPACE = new TestNamespace();

    /** Connects where the settings of the database {@code trapped} let nobody in. */
    private static final String DEFUSED =
            "PGOPTIONS='-c session_preload_libraries= -c statement_timeout=0 -c default_transaction_read_only=off' ";

    private Instance upstream;
    private Instance shop;
    private Instance fork;

    @BeforeAll
    void forkASourceThatActs() throws SQLException {
        NAMESPACE.apply("""
                apiVersion: pgfork.dev/v1alpha1
                kind: PostgresDatabase
                metadata: {name: upstream}
                spec:
                  storage: {size: 1Gi}
                  deletionPolicy: Delete
                  parameters: {wal_level: logical, log_connections: "on"}
                ---
                apiVersion: pgfork.dev/v1alpha1
                kind: PostgresDatabase
                metadata: {name: shop}
                spec:
                  storage: {size: 2Gi}
                  deletionPolicy: Delete
                  bootstrap: {extensions: [pg_cron, postgres_fdw]}
                  parameters:
                    log_connections: "on"
                    wal_level: logical
                    max_prepared_transactions: "10"
                    archive_mode: "on"
                    archive_command: mkdir -p /tmp/archive && cp %p /tmp/archive/%f
                    shared_preload_libraries: pg_cron
                    cron.database_name: app
                    cron.use_background_workers: "on"
                """);
        upstream = NAMESPACE.database("upstream").awaitReady();
        shop = NAMESPACE.database("shop").awaitReady();

        subscribe();
        schedule();
        reachOut();
        reactToLogins();
        leaveThingsOpen();
        setTraps();

        NAMESPACE.apply("""
                apiVersion: pgfork.dev/v1alpha1
                kind: PostgresFork
                metadata: {name: harmless}
                spec:
                  from: {name: shop}
                """);
        fork = NAMESPACE.fork("harmless").awaitReady();
    }

    private void subscribe() {
        upstream.shell()
                .psql(
                        "app",
                        "create role subscriber login replication password 'sub-secret'",
                        "create table orders (id int primary key)",
                        "grant select on orders to subscriber",
                        "create publication all_orders for table orders",
                        "insert into orders values (1)");
        shop.shell()
                .psql(
                        "app",
                        "create table orders (id int primary key)",
                        "create subscription orders_of_upstream connection 'host=upstream.%s.svc dbname=app user=subscriber"
                                        .formatted(NAMESPACE.name())
                                + " password=sub-secret sslmode=require' publication all_orders");
        NAMESPACE.eventually(
                "the first order arrives at the source",
                () -> assertThat(shop.psql("select count(*) from orders")).isEqualTo("1"));
    }

    private void schedule() {
        shop.shell()
                .psql(
                        "app",
                        "create table ticks (server text)",
                        "select cron.schedule('each second', '1 second', "
                                + "$$insert into ticks values (current_setting('pgfork.uid'))$$)",
                        "select cron.schedule('each minute', '* * * * *', "
                                + "$$insert into ticks values (current_setting('pgfork.uid'))$$)");
        NAMESPACE.eventually("the job runs", () -> assertThat(ticks(shop, shop)).isPositive());
    }

    private static int ticks(Instance where, Instance by) {
        return Integer.parseInt(where.psql("select count(*) from ticks where server = '%s'".formatted(by.uid())));
    }

    private void reachOut() throws SQLException {
        upstream.shell().psql("app", "create table stock (what text)", "grant all on stock to app");
        shop.shell()
                .psql(
                        "app",
                        "create server upstream foreign data wrapper postgres_fdw"
                                + " options (host 'upstream.%s.svc', dbname 'app', sslmode 'require')"
                                        .formatted(NAMESPACE.name()),
                        "create user mapping for app server upstream options (user 'app', password '%s')"
                                .formatted(upstream.login().password()),
                        "create foreign table stock (what text) server upstream",
                        "grant all on stock to app",
                        // The same in databases that one does not get into by accident.
                        "create database trapped",
                        "create database closed");
        for (var database : List.of("trapped", "closed")) {
            shop.shell()
                    .psql(
                            database,
                            "create extension postgres_fdw",
                            "create server upstream foreign data wrapper postgres_fdw options (host 'upstream')",
                            "create user mapping for app server upstream options (user 'app', password 'x')");
        }
        shop.login().execute("insert into stock values ('by the source')");
        assertThat(upstream.psql("select what from stock")).isEqualTo("by the source");
    }

    private void reactToLogins() throws SQLException {
        shop.shell()
                .psql(
                        "app",
                        "create table logins (server text)",
                        """
                        create function note_login() returns event_trigger language plpgsql security definer as $$
                        begin insert into logins values (current_setting('pgfork.uid')); end $$
                        """,
                        "create event trigger note_login on login execute function note_login()",
                        "alter event trigger note_login enable always");
        shop.login().query("select 1");
        assertThat(shop.psql("select count(*) > 0 from logins")).isEqualTo("t");
    }

    private void leaveThingsOpen() {
        shop.shell()
                .psql(
                        "app",
                        "select pg_create_physical_replication_slot('standby', true)",
                        "select pg_create_logical_replication_slot('changes', 'pgoutput')",
                        "create table payments (id int)",
                        "begin; insert into payments values (1); prepare transaction 'open payment'");
    }

    private void setTraps() {
        shop.shell()
                .psql(
                        "postgres",
                        "create role nobody nologin",
                        "alter database trapped set session_preload_libraries = 'not_there'",
                        "alter database trapped set default_transaction_read_only = on",
                        "alter database trapped set statement_timeout = 1",
                        "alter role postgres in database trapped set role = 'nobody'",
                        "alter role postgres in database trapped set search_path = 'nowhere'",
                        "alter role app set search_path = 'nowhere', public",
                        "alter database closed allow_connections false");
    }

    @Test
    void thePublishersSlotGoesOnStreamingToTheSource() {
        assertThat(fork.psql("select count(*) from pg_subscription where subenabled"))
                .isEqualTo("0");
        assertThat(fork.psql("select count(*) from pg_subscription where subconninfo like '%secret%'"))
                .isEqualTo("0");
        shop.deletePod();
        shop.awaitReadyInTheEnd();
        upstream.psql("insert into orders values (2)");
        NAMESPACE.eventually(
                "the second order arrives at the source",
                () -> assertThat(shop.psql("select count(*) from orders")).isEqualTo("2"));
        assertThat(upstream.psql("select slot_name from pg_replication_slots where active"))
                .isEqualTo("orders_of_upstream");
        assertThat(fork.psql("select count(*) from orders")).isEqualTo("1");
    }

    @Test
    void itsJobsDoNotRun() {
        var before = ticks(shop, shop);
        NAMESPACE.eventually(
                "the source's job runs twice more",
                () -> assertThat(ticks(shop, shop)).isGreaterThan(before + 1));
        assertThat(ticks(fork, fork)).isZero();
        assertThat(ticks(fork, shop)).as("rows from before the cut").isPositive();
        assertThat(fork.psql("select count(*) from cron.job where active")).isEqualTo("0");
    }

    @Test
    void itCannotWriteThroughForeignTables() {
        assertThatThrownBy(() -> fork.login().execute("insert into public.stock values ('by the fork')"))
                .isInstanceOf(SQLException.class)
                .hasMessageContaining("user mapping not found");
        assertThat(upstream.psql("select what from stock")).isEqualTo("by the source");
        fork.psql("alter database closed allow_connections true");
        for (var database : List.of("app", "trapped", "closed")) {
            assertThat(fork.shell()
                            .bash(DEFUSED + "psql -XAtU postgres -d " + database
                                    + " -c 'select count(*) from pg_catalog.pg_user_mapping'"))
                    .as("user mappings in " + database)
                    .isEqualTo("0");
        }
    }

    @Test
    void itDoesNotReactToLogins() throws SQLException {
        fork.login().query("select 1");
        assertThat(fork.psql("select count(*) from logins where server = '%s'".formatted(fork.uid())))
                .isEqualTo("0");
        assertThat(fork.psql("select evtenabled from pg_event_trigger")).isEqualTo("D");
    }

    @Test
    void itHasNoSlotsAndNoOpenTransactionsAndTheSourceKeepsItsOwn() {
        assertThat(fork.psql("select count(*) from pg_replication_slots")).isEqualTo("0");
        assertThat(fork.psql("select count(*) from pg_prepared_xacts")).isEqualTo("0");
        assertThat(fork.psql("select count(*) from payments")).isEqualTo("0");
        assertThat(shop.psql("select string_agg(slot_name, ', ' order by slot_name) from pg_replication_slots"))
                .isEqualTo("changes, standby");
        assertThat(shop.psql("select gid from pg_prepared_xacts")).isEqualTo("open payment");
    }

    @Test
    void itDoesNotArchive() {
        fork.psql("select pg_switch_wal()");
        fork.psql("checkpoint");
        assertThat(fork.psql("show archive_mode")).isEqualTo("off");
        assertThat(fork.shell().attempt("ls", "/tmp/archive").exitCode()).isNotZero();
    }

    @Test
    void whatWouldLockItsOwnerOutIsGone() {
        assertThat(fork.psql("select setconfig::text from pg_db_role_setting where setconfig::text ~ 'preload'"))
                .isEmpty();
    }

    /** Both other servers log who connects. */
    @Test
    void itConnectsToNobody() {
        var address = fork.pod().orElseThrow().getStatus().getPodIP();
        var source = shop.pod().orElseThrow().getStatus().getPodIP();
        var log = NAMESPACE.log(upstream.podName());
        assertThat(log).as("control: the source does connect").contains("host=" + source + " ");
        assertThat(log).doesNotContain("host=" + address + " ");
        assertThat(NAMESPACE.log(shop.podName())).doesNotContain("host=" + address + " ");
    }
}
