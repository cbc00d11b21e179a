package dev.pgfork.operator.postgres;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.pgfork.operator.postgres.ReplicationReport.Primary;
import dev.pgfork.operator.postgres.ReplicationReport.Receiver;
import dev.pgfork.operator.postgres.ReplicationReport.Sender;
import dev.pgfork.operator.postgres.ReplicationReport.Slot;
import dev.pgfork.operator.postgres.ReplicationReport.Standby;
import java.io.IOException;
import java.time.Duration;
import java.util.Map;
import java.util.OptionalLong;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What a real pair of servers says of replication. Autovacuum is off: it commits, too, whenever it likes. */
@Tag("postgres")
@Timeout(180)
class JdbcServerReplicationTest {
    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final RealPostgres LEADER =
            RealPostgres.start(Map.of("autovacuum", "off", "max_slot_wal_keep_size", "64MB", "max_connections", "30"));
    private static RealPostgres follower = LEADER;

    private final Server server = new JdbcServer();

    @BeforeAll
    static void follow() throws IOException {
        LEADER.execute("CREATE TABLE counted (n int)");
        follower = LEADER.standby("pgfork_replica");
    }

    @AfterAll
    static void stop() throws IOException {
        follower.close();
        LEADER.close();
    }

    @Test
    void a_primary_names_its_slots_and_who_streams() {
        await().atMost(PATIENCE).untilAsserted(() -> {
            var primary = primary();
            assertThat(primary.sender("pgfork_replica"))
                    .get()
                    .returns("streaming", Sender::state)
                    .returns("async", Sender::syncState)
                    .returns(primary.current(), Sender::replayed)
                    .returns(primary.current(), Sender::flushed);
            assertThat(primary.slot("pgfork_replica"))
                    .get()
                    .returns(true, Slot::active)
                    .returns(true, Slot::physical)
                    .returns("reserved", Slot::walStatus)
                    .returns(false, Slot::isLost);
            assertThat(primary.timeline()).isEqualTo(1);
            assertThat(primary.uid()).isEqualTo(RealPostgres.UID);
        });
    }

    @Test
    void both_tell_their_position_in_one_history() {
        LEADER.execute("INSERT INTO counted VALUES (0)");
        await().atMost(PATIENCE).untilAsserted(() -> {
            var behind = server.position(follower.address());
            var ahead = server.position(LEADER.address());
            assertThat(ahead.inRecovery()).isFalse();
            assertThat(behind.inRecovery()).isTrue();
            assertThat(behind.streaming()).isTrue();
            assertThat(behind.position()).isEqualTo(ahead.position());
            assertThat(behind.received()).isEqualTo(ahead.received());
            assertThat(behind.systemIdentifier()).isEqualTo(ahead.systemIdentifier());
            assertThat(behind.timeline()).isEqualTo(ahead.timeline()).isEqualTo(1);
            assertThat(ahead.uid()).isEqualTo(RealPostgres.UID);
            assertThat(ahead.majorVersion()).isGreaterThanOrEqualTo(15);
            assertThat(ahead.logicalSlots()).isEmpty();
        });
    }

    @Test
    void a_position_that_was_expected_is_told_by_a_connection_that_was_open_and_is_of_now() {
        server.expectPosition(LEADER.address());
        assertThat(connections()).isEqualTo(1);
        var before = new JdbcServer().position(LEADER.address()).position();
        LEADER.execute("INSERT INTO counted VALUES (0)");

        assertThat(server.position(LEADER.address()).position()).isGreaterThan(before);
        await().atMost(PATIENCE).untilAsserted(() -> assertThat(connections()).isZero());
        assertThat(server.position(LEADER.address()).position()).isGreaterThan(before);
    }

    @Test
    void a_connection_that_is_dead_when_it_is_needed_is_replaced() {
        server.expectPosition(LEADER.address());
        LEADER.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'pgfork'");
        await().atMost(PATIENCE).untilAsserted(() -> assertThat(connections()).isZero());
        assertThat(server.position(LEADER.address()).uid()).isEqualTo(RealPostgres.UID);
    }

    private static int connections() {
        return Integer.parseInt(LEADER.query(
                "SELECT count(*) FROM pg_stat_activity WHERE usename = 'pgfork' AND backend_type = 'client backend'"));
    }

    @Test
    void a_standby_says_how_far_it_is_and_from_whom_it_streams() {
        LEADER.execute("INSERT INTO counted VALUES (0)");
        await().atMost(PATIENCE).untilAsserted(() -> {
            var standby = standby();
            var primary = primary();
            assertThat(standby.streams()).isTrue();
            assertThat(standby.received()).isEqualTo(primary.current());
            assertThat(standby.replayed()).isEqualTo(primary.current());
            assertThat(standby.reach()).isEqualTo(primary.current());
            assertThat(standby.xmax()).isEqualTo(primary.xmax());
            assertThat(standby.lastCommit()).isNotNull();
            assertThat(standby.paused()).isFalse();
            assertThat(standby.receiver())
                    .get()
                    .returns("127.0.0.1", Receiver::host)
                    .returns("pgfork_replica", Receiver::slot)
                    .returns(1, Receiver::timeline)
                    .returns(primary.current(), Receiver::sent);
            assertThat(standby.missing()).isZero();
        });
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 127, 10_000})
    void commits_behind_are_counted_exactly_and_bounded_cheaply(int commits) {
        await().atMost(PATIENCE)
                .untilAsserted(() ->
                        assertThat(standby().replayed()).isEqualTo(primary().current()));
        follower.execute("SELECT pg_wal_replay_pause()");
        try {
            // What aborts and what is part of another transaction is no commit.
            LEADER.execute("""
                    DO $$ BEGIN
                      FOR i IN 1..%d LOOP
                        BEGIN INSERT INTO counted VALUES (i); EXCEPTION WHEN division_by_zero THEN NULL; END;
                        COMMIT;
                      END LOOP;
                      INSERT INTO counted VALUES (-1);
                      ROLLBACK;
                    END $$""".formatted(commits));
            LEADER.execute("SELECT pg_switch_wal()");
            var standby = standby();
            var primary = primary();
            assertThat(server.commitsBetween(LEADER.address(), standby.replayed(), primary.current()))
                    .isEqualTo(OptionalLong.of(commits));
            assertThat(primary.xmax() - standby.xmax()).isBetween((long) commits, 2L * commits + 1);
            assertThat(standby.paused()).isTrue();
        } finally {
            follower.execute("SELECT pg_wal_replay_resume()");
        }
    }

    @Test
    void a_slot_whose_wal_is_gone_is_lost() {
        LEADER.execute("SELECT pg_create_physical_replication_slot('left_alone', true)");
        for (var segment = 0; segment < 6; segment++) {
            LEADER.execute("INSERT INTO counted VALUES (-2)", "SELECT pg_switch_wal()");
        }
        LEADER.execute("CHECKPOINT");
        assertThat(primary().slot("left_alone")).get().returns(true, Slot::isLost);
        LEADER.execute("SELECT pg_drop_replication_slot('left_alone')");
    }

    @Test
    void a_server_without_our_extension_cannot_count() {
        try {
            LEADER.execute("ALTER SCHEMA pgfork RENAME TO somebody_elses");
            var current = primary().current();
            assertThat(server.commitsBetween(LEADER.address(), current, current))
                    .isEmpty();
        } finally {
            LEADER.execute("ALTER SCHEMA somebody_elses RENAME TO pgfork");
        }
    }

    /** Its control file learns of the timeline much later: report() still says 1. */
    @Test
    void a_standby_is_on_the_timeline_that_it_received_last() throws IOException {
        try (var leader = RealPostgres.start(Map.of("autovacuum", "off"));
                var follower = leader.standby("pgfork_replica")) {
            leader.restartAsStandby();
            leader.execute("SELECT pg_promote()");
            await().atMost(PATIENCE).untilAsserted(() -> {
                var standby = (Standby) server.replication(follower.address());
                assertThat(standby.streams()).isTrue();
                assertThat(standby.receiver()).get().returns(2, Receiver::timeline);
                assertThat(standby.timeline()).isEqualTo(2);
            });
        }
    }

    @Test
    void a_standby_that_nobody_sends_anything_does_not_stream() throws IOException {
        var alone = LEADER.standby("pgfork_alone");
        try (alone) {
            alone.execute("ALTER SYSTEM SET primary_conninfo = ''", "SELECT pg_reload_conf()");
            await().atMost(PATIENCE).untilAsserted(() -> {
                var standby = (Standby) server.replication(alone.address());
                assertThat(standby.streams()).isFalse();
                assertThat(standby.receiver()).isEmpty();
            });
        } finally {
            LEADER.execute("SELECT pg_drop_replication_slot('pgfork_alone')");
        }
    }

    /** Its slot was made anew meanwhile: nothing that the primary says of it is wrong. */
    @Test
    void a_standby_lacks_wal_that_is_gone_once_it_has_nothing_left_to_replay() throws IOException {
        var late = LEADER.standby("pgfork_late");
        try (late) {
            await().atMost(PATIENCE).until(() -> ((Standby) server.replication(late.address())).streams());
            assertThat(((Standby) server.replication(late.address())).lacksWalBefore(Lsn.parse("F/0")))
                    .as("while it streams")
                    .isFalse();
            late.restart("primary_conninfo=");
            LEADER.execute("SELECT pg_drop_replication_slot('pgfork_late')");
            var before = ((Standby) server.replication(late.address())).replayed();
            await().atMost(PATIENCE).until(() -> {
                LEADER.execute("INSERT INTO counted VALUES (-3)", "SELECT pg_switch_wal()", "CHECKPOINT");
                return primary().oldest().compareTo(before) > 0;
            });
            LEADER.execute("SELECT pg_create_physical_replication_slot('pgfork_late', true)");
            var oldest = primary().oldest();
            assertThat(LEADER.query("SELECT min(substr(name, 9)) FROM pg_ls_waldir() WHERE length(name) = 24"))
                    .isEqualTo("%016X".formatted(oldest.bytes() >>> 24));

            var silent = (Standby) server.replication(late.address());
            assertThat(silent.replayed()).isLessThan(oldest);
            assertThat(silent.lacksWalBefore(oldest))
                    .as("it has asked nobody yet")
                    .isFalse();

            late.restart();
            await().atMost(PATIENCE).until(() -> ((Standby) server.replication(late.address())).lacksWalBefore(oldest));
            await().atMost(PATIENCE).until(() -> late.log().contains("has already been removed"));
            assertThat(primary().slot("pgfork_late")).get().returns("reserved", Slot::walStatus);
        } finally {
            LEADER.execute("SELECT pg_drop_replication_slot('pgfork_late')");
        }
    }

    private Primary primary() {
        return (Primary) server.replication(LEADER.address());
    }

    private Standby standby() {
        return (Standby) server.replication(follower.address());
    }
}
