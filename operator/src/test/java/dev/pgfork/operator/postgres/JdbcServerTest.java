package dev.pgfork.operator.postgres;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.awaitility.Awaitility.await;

import dev.pgfork.operator.postgres.ForkSafety.Objection;
import dev.pgfork.operator.postgres.Server.ServerException;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What a real server answers. */
@Tag("postgres")
@Timeout(120)
class JdbcServerTest {
    private static final Duration LONG = Duration.ofSeconds(60);
    private static final int MEGABYTE = 1 << 20;
    /** The user's settings: commits do not wait for the disk, and times are printed in another zone. */
    private static final RealPostgres POSTGRES =
            RealPostgres.start(Map.of("synchronous_commit", "off", "TimeZone", "Asia/Tokyo", "DateStyle", "German"));

    private static final Server IMPATIENT = new JdbcServer(Duration.ofSeconds(1));
    /** The pid of the backend that runs CHECKPOINT, or 0. */
    private static final String WORKING =
            "SELECT coalesce(max(pid), 0) FROM pg_stat_activity WHERE query = 'CHECKPOINT' AND state = 'active'";

    private final Server server = new JdbcServer();

    @AfterAll
    static void stop() throws IOException {
        POSTGRES.close();
    }

    @Test
    void reports_on_itself() {
        var report = server.report(POSTGRES.address());

        assertThat(report.uid()).isEqualTo(RealPostgres.UID);
        assertThat(report.generation()).isEqualTo(RealPostgres.GENERATION);
        assertThat(report.revision()).isEqualTo(POSTGRES.configuration.revision());
        assertThat(report.version())
                .isEqualTo(POSTGRES.query("SHOW server_version").split(" ", 2)[0])
                .startsWith("17.");
        assertThat(report.systemIdentifier()).isEqualTo(POSTGRES.controlData("Database system identifier"));
        assertThat(report.timeline()).isEqualTo(1);
        assertThat(report.inRecovery()).isFalse();
        assertThat(report.startedAt().getEpochSecond())
                .isEqualTo(
                        Long.parseLong(POSTGRES.query("SELECT floor(extract(epoch FROM pg_postmaster_start_time()))")));
    }

    @Test
    void reports_what_waits_for_a_restart() {
        var settings = server.report(POSTGRES.address()).settings();
        assertThat(settings.start()).as("not started by the script").isEmpty();
        assertThat(settings.pending()).isEmpty();
        assertThat(settings.limits()).containsOnlyKeys(RecoveryLimits.names()).containsEntry("max_worker_processes", 8);
        assertThat(settings.streaming()).isFalse();
        assertThat(settings.paused()).isFalse();

        POSTGRES.execute("ALTER SYSTEM SET max_worker_processes = 9", "SELECT pg_reload_conf()");
        await().untilAsserted(() -> assertThat(pending()).containsExactly("max_worker_processes"));
        // Not RESET: Postgres would go on to say that it waits (guc.c forgets that only when it reads a value).
        POSTGRES.execute("ALTER SYSTEM SET max_worker_processes = 8", "SELECT pg_reload_conf()");
        await().untilAsserted(() -> assertThat(pending()).isEmpty());
    }

    private Set<String> pending() {
        return server.report(POSTGRES.address()).settings().pending();
    }

    @Test
    void reports_the_certificate_that_it_shows_now() {
        var renewed = POSTGRES.authority.issue(Instant.now().plus(2, ChronoUnit.DAYS));
        var serial = renewed.serial().toString(16);
        assertThat(server.report(POSTGRES.address()).certificateSerial()).isNotEqualTo(serial);

        POSTGRES.present(renewed);
        POSTGRES.execute("SELECT pg_reload_conf()");

        await().untilAsserted(() -> assertThat(server.report(POSTGRES.address()).certificateSerial())
                .isEqualTo(serial));
    }

    @Test
    void can_be_forked_as_pgfork_runs_it() {
        var safety = server.forkSafety(POSTGRES.address());

        assertThat(safety)
                .isEqualTo(new ForkSafety(
                        RealPostgres.UID,
                        POSTGRES.controlData("Database system identifier"),
                        1,
                        false,
                        true,
                        true,
                        "replica",
                        false,
                        List.of()));
        assertThat(safety.objection()).isEmpty();
    }

    @Test
    void tells_what_makes_a_fork_unsafe() throws IOException {
        POSTGRES.restart(
                "fsync=off",
                "full_page_writes=off",
                "wal_level=minimal",
                "max_wal_senders=0",
                "pgfork.separate_wal=on");
        POSTGRES.execute("ALTER SYSTEM SET allow_in_place_tablespaces = on", "SELECT pg_reload_conf()");
        await().until(() -> POSTGRES.query("SHOW allow_in_place_tablespaces").equals("on"));
        POSTGRES.execute("CREATE TABLESPACE elsewhere LOCATION ''");

        var safety = server.forkSafety(POSTGRES.address());

        assertThat(safety)
                .returns(false, ForkSafety::fsync)
                .returns(false, ForkSafety::fullPageWrites)
                .returns("minimal", ForkSafety::walLevel)
                .returns(true, ForkSafety::separateWalVolume)
                .returns(List.of("elsewhere"), ForkSafety::tablespaces);
        assertThat(safety.objection()).map(Objection::reason).contains("FsyncOff");

        POSTGRES.execute("DROP TABLESPACE elsewhere");
        POSTGRES.restart();
    }

    @Test
    void knows_how_much_wal_a_fork_would_replay() {
        server.checkpoint(POSTGRES.address(), LONG);
        var before = server.walSinceCheckpoint(POSTGRES.address());

        POSTGRES.execute("SELECT pg_logical_emit_message(true, 'test', repeat('x', " + MEGABYTE + "))");

        assertThat(server.walSinceCheckpoint(POSTGRES.address())).isBetween(before + MEGABYTE, before + 2 * MEGABYTE);
        assertThat(server.checkpoint(POSTGRES.address(), LONG)).isTrue();
        assertThat(server.walSinceCheckpoint(POSTGRES.address())).isLessThan(MEGABYTE);
    }

    /** The checkpointer is stopped meanwhile, so that the checkpoint cannot end in time. */
    @Test
    void does_not_wait_longer_for_a_checkpoint_than_it_may() throws IOException {
        var marker = server.commitMarker(POSTGRES.address(), "before the checkpoint");
        var checkpointer = POSTGRES.process("checkpointer");
        POSTGRES.signal("STOP", checkpointer);
        try {
            assertThat(server.checkpoint(POSTGRES.address(), Duration.ofMillis(200)))
                    .isFalse();
            assertThat(server.checkpoint(POSTGRES.address(), Duration.ZERO)).isFalse();
        } finally {
            POSTGRES.signal("CONT", checkpointer);
        }
        await("it goes on in the server").atMost(LONG).until(() -> redo().compareTo(marker) >= 0);
    }

    @Test
    void waits_longer_for_a_checkpoint_than_for_anything_else() throws IOException {
        var checkpointer = POSTGRES.process("checkpointer");
        POSTGRES.signal("STOP", checkpointer);
        try {
            var checkpoint = CompletableFuture.supplyAsync(() -> IMPATIENT.checkpoint(POSTGRES.address(), LONG));
            await().until(() -> !POSTGRES.query(WORKING + " AND now() - query_start > interval '2 s'")
                    .equals("0"));
            POSTGRES.signal("CONT", checkpointer);

            assertThat(checkpoint).succeedsWithin(LONG).isEqualTo(true);
        } finally {
            POSTGRES.signal("CONT", checkpointer);
        }
    }

    /** A backend that is stopped does not even notice that its time is over. */
    @Test
    void does_not_wait_for_a_server_that_stops_while_it_works() throws IOException {
        var checkpointer = POSTGRES.process("checkpointer");
        POSTGRES.signal("STOP", checkpointer);
        long backend = 0;
        try {
            var checkpoint = CompletableFuture.supplyAsync(
                    () -> IMPATIENT.checkpoint(POSTGRES.address(), Duration.ofSeconds(2)));
            await().until(() -> !POSTGRES.query(WORKING).equals("0"));
            backend = Long.parseLong(POSTGRES.query(WORKING));
            POSTGRES.signal("STOP", backend);

            assertThat(checkpoint)
                    .failsWithin(LONG)
                    .withThrowableThat()
                    .withCauseInstanceOf(ServerException.class)
                    .withMessageContaining("timed out");
        } finally {
            POSTGRES.signal("CONT", checkpointer);
            if (backend != 0) {
                POSTGRES.signal("CONT", backend);
            }
        }
    }

    @Test
    void does_not_wait_for_a_server_that_stops_when_it_has_let_us_in() throws IOException {
        POSTGRES.restart("post_auth_delay=5");

        assertThatExceptionOfType(ServerException.class)
                .isThrownBy(() -> IMPATIENT.report(POSTGRES.address()))
                .withMessageContaining("timed out");

        POSTGRES.restart();
    }

    /** The WAL writer is stopped, so that nothing but the marker's own commit can have written it to disk. */
    @Test
    void commits_a_marker_that_is_on_disk_behind_all_that_was_committed_before() throws IOException {
        POSTGRES.execute("CREATE TABLE IF NOT EXISTS orders (id int)", "INSERT INTO orders VALUES (1)");
        var committedBefore = Lsn.parse(POSTGRES.query("SELECT pg_current_wal_insert_lsn()"));
        var walWriter = POSTGRES.process("walwriter");
        POSTGRES.signal("STOP", walWriter);
        try {
            var marker = server.commitMarker(POSTGRES.address(), "it's a \\ marker");

            assertThat(marker).isGreaterThan(committedBefore);
            assertThat(Lsn.parse(POSTGRES.query("SELECT pg_current_wal_flush_lsn()")))
                    .isGreaterThanOrEqualTo(marker);
        } finally {
            POSTGRES.signal("CONT", walWriter);
        }
    }

    private static Lsn redo() {
        return Lsn.parse(POSTGRES.query("SELECT redo_lsn FROM pg_control_checkpoint()"));
    }
}
