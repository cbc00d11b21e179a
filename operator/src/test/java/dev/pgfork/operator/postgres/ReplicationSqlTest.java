package dev.pgfork.operator.postgres;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.awaitility.Awaitility.await;

import dev.pgfork.operator.postgres.ReplicationReport.Primary;
import dev.pgfork.operator.postgres.ReplicationReport.Standby;
import java.io.IOException;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Members come to a real primary, and go. */
@Tag("postgres")
@Timeout(120)
class ReplicationSqlTest {
    private static final String GROUP = "pgfork_replication";
    private static final String ROLE = "pgfork_replica_my-replica";
    private static final String SLOT = "pgfork_my_replica_0b0c5b5e";
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    private static final RealPostgres LEADER = RealPostgres.start(Map.of("max_slot_wal_keep_size", "64MB"));

    private final Server server = new JdbcServer();

    @AfterAll
    static void stop() throws IOException {
        LEADER.close();
    }

    @Test
    void an_attached_member_streams_and_a_detached_one_leaves_nothing() throws IOException {
        try (var follower = LEADER.standby("pgfork_first")) {
            attach("secret");
            follower.execute(
                    "ALTER SYSTEM SET primary_conninfo = '" + LEADER.conninfo(ROLE, "secret") + "'",
                    "ALTER SYSTEM SET primary_slot_name = '" + SLOT + "'",
                    "SELECT pg_reload_conf()");
            await().atMost(PATIENCE)
                    .untilAsserted(() -> assertThat(((Standby) server.replication(follower.address())).receiver())
                            .hasValueSatisfying(
                                    receiver -> assertThat(receiver.slot()).isEqualTo(SLOT)));

            detach();
            detach();

            assertThat(primary().slot(SLOT)).isEmpty();
            assertThat(LEADER.query("SELECT count(*) FROM pg_roles WHERE rolname = '" + ROLE + "'"))
                    .isEqualTo("0");
            assertThat(primary().slot("pgfork_first")).as("another's slot").isPresent();
        } finally {
            LEADER.execute("SELECT pg_drop_replication_slot('pgfork_first')");
        }
    }

    @Test
    void attaching_again_changes_the_password_and_keeps_the_slot() {
        attach("old");
        var before = primary().slot(SLOT);
        var old = LEADER.query("SELECT rolpassword FROM pg_authid WHERE rolname = '" + ROLE + "'");
        LEADER.execute("SELECT pg_switch_wal()", "CHECKPOINT");

        attach("new");

        assertThat(primary().slot(SLOT)).isEqualTo(before).isPresent();
        assertThat(LEADER.query("SELECT rolpassword FROM pg_authid WHERE rolname = '" + ROLE + "'"))
                .startsWith("SCRAM-SHA-256$")
                .isNotEqualTo(old);
        assertThat(LEADER.query("SELECT format('%s %s %s %s %s', rolcanlogin, rolreplication, rolsuper, rolinherit,"
                        + " pg_has_role(oid, '" + GROUP + "', 'MEMBER')) FROM pg_roles WHERE rolname = '" + ROLE + "'"))
                .isEqualTo("t t f f t");
        assertThat(LEADER.query("SELECT rolcanlogin FROM pg_roles WHERE rolname = '" + GROUP + "'"))
                .isEqualTo("f");
        detach();
    }

    @Test
    void a_role_that_somebody_else_has_by_now_stays() {
        attach("secret");

        LEADER.execute(ReplicationSql.detach(null, SLOT).toArray(String[]::new));

        assertThat(primary().slot(SLOT)).isEmpty();
        assertThat(LEADER.query("SELECT rolcanlogin FROM pg_roles WHERE rolname = '" + ROLE + "'"))
                .isEqualTo("t");
        detach();
    }

    @Test
    void a_lost_slot_is_made_anew() {
        attach("secret");
        for (var segment = 0; segment < 6; segment++) {
            LEADER.execute("CREATE TABLE segment_" + segment + " ()", "SELECT pg_switch_wal()");
        }
        LEADER.execute("CHECKPOINT");
        assertThat(primary().slot(SLOT)).get().returns(true, ReplicationReport.Slot::isLost);

        attach("secret");

        assertThat(primary().slot(SLOT)).get().returns(false, ReplicationReport.Slot::isLost);
        detach();
    }

    @Test
    void nothing_but_our_names_gets_into_the_sql() {
        assertThatIllegalArgumentException().isThrownBy(() -> ReplicationSql.detach("postgres", SLOT));
        assertThatIllegalArgumentException().isThrownBy(() -> ReplicationSql.detach(ROLE, "somebody_elses"));
        assertThatIllegalArgumentException().isThrownBy(() -> ReplicationSql.detach("pgfork_a\"; DROP", SLOT));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> ReplicationSql.attach(GROUP, ROLE, new ScramVerifier("SCRAM-SHA-256$1:a$'"), SLOT));
    }

    private static void detach() {
        LEADER.execute(ReplicationSql.detach(ROLE, SLOT).toArray(String[]::new));
    }

    private static void attach(String password) {
        LEADER.execute(ReplicationSql.attach(GROUP, ROLE, ScramVerifier.of(password, new SecureRandom()), SLOT));
    }

    private Primary primary() {
        return (Primary) server.replication(LEADER.address());
    }
}
