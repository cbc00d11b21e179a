package dev.pgfork.operator.instance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import dev.pgfork.operator.postgres.TimelineHistory;
import java.io.IOException;
import java.sql.SQLException;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Standbys: streaming, being pointed elsewhere, changing places with their leader, and becoming independent of it. */
@Tag("postgres")
class FollowInstanceScriptTest {
    private final Instances instances = new Instances();

    @AfterEach
    void end() {
        instances.close();
    }

    @Test
    void theLeaderChangesPlacesWithOneStandbyAndAnotherIsPointedAtItWithoutARestart() {
        var shop = instances.database().running();
        shop.sql("app", "CREATE TABLE public.t AS SELECT 1 AS i");
        var second = instances.standbyOf(shop, "second", Map.of()).running();
        var replica = instances.standbyOf(shop, Map.of()).running();
        awaitReady(second);
        awaitReady(replica);
        assertThat(replica.call("status").path("leader").asText()).isEqualTo(shop.host());
        instances.giveSlot(replica, "second");
        instances.giveSlot(replica, "shop");
        instances.admit(shop, "shop");
        shop.sql("app", "INSERT INTO public.t VALUES (2)");
        var started = startTime(second);

        assertRefused(shop.callWith(replica.host(), "follow", "2"), "NotFenced");
        var proof = shop.call("fence", "2").path("controldata");
        assertThat(proof.path("state").asText()).isEqualTo("shut down");
        await().atMost(ScriptedInstance.PATIENCE)
                .until(() -> replica.sql(
                                "postgres",
                                "SELECT pg_last_wal_replay_lsn() > '%s'"
                                        .formatted(proof.path("checkpoint").asText()))
                        .equals("t"));
        assertThat(replica.call("promote", "2").path("timeline").asInt()).isEqualTo(2);
        assertThat(replica.sql("app", "INSERT INTO public.t VALUES (3); SELECT count(*) FROM public.t"))
                .isEqualTo("3");

        assertThat(second.callWith(replica.host(), "follow", "2").path("ok").asBoolean())
                .isTrue();
        assertThat(shop.callWith(replica.host(), "follow", "2").path("ok").asBoolean())
                .isTrue();
        assertThat(shop.callWith(replica.host(), "follow", "2").path("ok").asBoolean())
                .as("repeated")
                .isTrue();
        assertRefused(shop.call("fence", "2"), "AlreadyFollows");
        awaitReady(second);
        awaitReady(shop);
        awaitRows(second, 3);
        awaitRows(shop, 3);
        assertThat(startTime(second)).as("not restarted").isEqualTo(started);
        assertRefused(shop.call("unfence", "2"), "NotFenced");

        shop.kill();
        shop.running();
        awaitReady(shop);
        assertThat(shop.sql("app", "SELECT pg_is_in_recovery()")).isEqualTo("t");
        await().atMost(ScriptedInstance.PATIENCE)
                .until(() -> replica.sql("postgres", "SHOW primary_conninfo").isEmpty());
    }

    /** Both left the first timeline at the same point, and Postgres gives both the same number. */
    @Test
    void twoTimelinesOfOneNumberCanBeToldApartByWhoeverFollows() {
        var shop = instances.database().running();
        var second = instances.standbyOf(shop, "second", Map.of()).running();
        var replica = instances.standbyOf(shop, Map.of()).running();
        awaitReady(second);
        awaitReady(replica);
        instances.admit(shop, "shop");
        instances.giveSlot(replica, "shop");
        var last =
                shop.call("fence", "2").path("controldata").path("checkpoint").asText();
        for (var standby : List.of(second, replica)) {
            await().atMost(ScriptedInstance.PATIENCE)
                    .until(() -> standby.sql("postgres", "SELECT pg_last_wal_replay_lsn() > '" + last + "'")
                            .equals("t"));
        }
        // The first one is lost right after its promotion, which nobody hears of.
        assertThat(second.call("promote", "2").path("timeline").asInt()).isEqualTo(2);
        assertThat(replica.call("promote", "3").path("timeline").asInt()).isEqualTo(2);
        var lost = history(second, 2);
        var present = history(replica, 2);
        assertThat(lost.origin().orElseThrow().end())
                .isEqualTo(present.origin().orElseThrow().end());
        assertThat(lost.partsFrom(present))
                .contains(present.origin().orElseThrow().end());
        assertThat(present.origin().orElseThrow().promotion()).contains("replica-uid/1 3");

        // It goes to whoever follows, outlives a restart, and is in the history of the next timeline.
        shop.callWith(replica.host(), "follow", "3");
        awaitReady(shop);
        assertThat(history(shop, 2)).isEqualTo(present);
        replica.kill();
        replica.running();
        assertThat(history(replica, 2)).isEqualTo(present);
        awaitReady(shop);
        replica.call("fence", "4");
        assertThat(shop.call("promote", "4").path("timeline").asInt()).isEqualTo(3);
        assertThat(history(shop, 3).branches())
                .map(branch -> branch.promotion().orElseThrow())
                .containsExactly("replica-uid/1 3", "shop-uid/1 4");
        assertThat(present.partsFrom(history(shop, 3))).isEmpty();
        assertThat(lost.partsFrom(history(shop, 3))).isPresent();
    }

    private static TimelineHistory history(ScriptedInstance instance, int timeline) {
        var file = "pg_wal/%08X.history".formatted(timeline);
        return TimelineHistory.parse(
                timeline,
                instance.sql(
                        "postgres",
                        "SELECT replace(encode(pg_read_binary_file('" + file
                                + "', 0, 1000000, true), 'escape'), '\\000', '')"));
    }

    @Test
    void aTemplateAloneMakesNoPrimaryOfAStandby() {
        var shop = instances.database().running();
        var replica = instances.standbyOf(shop, Map.of()).running();
        replica.stop("TERM");
        replica.with("PGFORK_ROLE", "primary").with("PGFORK_EPOCH", "2").running();
        assertThat(replica.sql("app", "SELECT pg_is_in_recovery()")).isEqualTo("t");
        assertThat(replica.call("promote", "2").path("timeline").asInt()).isEqualTo(2);
        replica.kill();
        replica.running();
        assertThat(replica.sql("app", "SELECT pg_is_in_recovery()")).isEqualTo("f");
    }

    /** It could not say yet where its recovery ends, and would open on the timeline of its leader. */
    @Test
    void aStandbyThatDoesNotRunYetIsNotPromoted() {
        var shop = instances.database().running();
        var replica = instances.baseBackupOf(shop, "replica");
        var copying = replica.gate("pg_basebackup").close();
        replica.start();
        copying.awaitReached();
        assertRefused(replica.call("promote", "2"), "NotRunning");
        assertThat(replica.state()).contains("role=standby\n", "epoch=1\n");
        copying.open();
        replica.awaitSettled(ScriptedInstance.PATIENCE);
        assertThat(replica.call("promote", "2").path("timeline").asInt()).isEqualTo(2);
    }

    /** Between the cleaning of its files and the start of its server, too. */
    @Test
    void aStandbyIsOneAtEveryMomentOfItsStart() {
        var shop = instances.database().running();
        var replica = instances.standbyOf(shop, Map.of()).running();
        replica.kill();
        var serving = replica.gate("pg_controldata").closeAfter(1);
        replica.start();
        serving.awaitReached();
        assertThat(replica.call("status").path("phase").asText()).isEqualTo("quarantine");
        assertThat(replica.pgdata().resolve("standby.signal")).exists();
        serving.open();
        awaitReady(replica);
    }

    @Test
    void aStandbyThatWasFencedIsNoPrimaryAfterwards() {
        var shop = instances.database().running();
        var replica = instances.standbyOf(shop, Map.of()).running();
        assertThat(replica.call("fence", "2").path("controldata").path("state").asText())
                .isEqualTo("shut down in recovery");
        RootFileSystem.run("rm", replica.pgdata().resolve("standby.signal").toString());
        assertRefused(replica.call("unfence", "3"), "NotAPrimary");
        replica.callWith(shop.host(), "follow", "3");
        awaitReady(replica);
    }

    /** As after the end of a pod, whose address is still that of its name for a moment. */
    @Test
    void nobodyWaitsForAnAddressAtWhichNobodyAnswers() throws IOException {
        var shop = instances.database().running();
        var replica = instances.standbyOf(shop, Map.of()).running();
        awaitReady(replica);
        try (var silent = new SilentAddress()) {
            replica.callWith(silent.host(), "follow", "2");
            await().atMost(ScriptedInstance.PATIENCE).until(() -> replica.log().contains("Connection timed out"));
        }
        replica.callWith(shop.host(), "follow", "3");
        awaitReady(replica);
    }

    @Test
    void aStandbyThatIsAheadOfTheNewLeaderIsNotReady() {
        var shop = instances.database().running();
        var replica = instances.standbyOf(shop, Map.of()).running();
        awaitReady(replica);
        instances.admit(shop, "shop");
        instances.giveSlot(replica, "shop");
        replica.kill();
        shop.sql("app", "CREATE TABLE public.lost AS SELECT 1 AS i");
        shop.call("fence", "2");
        replica.with("PGFORK_LEADER", "other-instance.prod.svc:1").running();
        replica.callWith("other-instance.prod.svc:1", "follow", "1");
        replica.call("promote", "2");
        shop.callWith(replica.host(), "follow", "2");
        await().atMost(ScriptedInstance.PATIENCE).until(() -> shop.log().contains("before current recovery point"));
        assertThat(shop.probe("ready")).isFalse();
        assertThat(shop.probe("alive")).isTrue();
    }

    /** Its leader has lost what it had sent: a walreceiver waits for more, and calls that streaming. */
    @Test
    void aStandbyThatHasMoreThanItsLeaderIsNotReadyThoughItSeemsToStream() {
        var shop = instances.database().running();
        var replica = instances.standbyOf(shop, Map.of()).running();
        awaitReady(replica);
        var early = instances.cut(shop);
        shop.sql("app", "CREATE TABLE public.lost AS SELECT generate_series(1, 1000) AS i");
        await().atMost(ScriptedInstance.PATIENCE)
                .until(() -> replica.sql("app", "SELECT to_regclass('public.lost') IS NOT NULL")
                        .equals("t"));
        assertThat(replica.probe("ready")).isTrue();
        shop.kill();
        RootFileSystem.run(
                "bash",
                "-c",
                "rm -rf \"$1\"/* && cp -a \"$2\"/. \"$1\"",
                "restore",
                shop.volume.toString(),
                early.toString());
        shop.running();
        await().atMost(ScriptedInstance.PATIENCE)
                .until(() -> replica.sql(
                                "postgres",
                                "SELECT status, latest_end_lsn < pg_last_wal_replay_lsn() FROM pg_stat_wal_receiver")
                        .equals("streaming|t"));
        assertThat(replica.probe("ready")).isFalse();
        assertThat(replica.probe("alive")).isTrue();
    }

    @Test
    void itNeverStreamsFromAServerOfAnotherAuthorityOrWithAnotherPassword() {
        var shop = instances.database().running();
        var other = instances.database().running();
        var replica = instances.standbyOf(shop, Map.of()).running();
        awaitReady(replica);
        instances.admit(other, "replica");
        replica.callWith(other.host(), "follow", "1");
        await().atMost(ScriptedInstance.PATIENCE).until(() -> replica.log().contains("certificate verify failed"));
        assertThat(replica.probe("ready")).isFalse();

        replica.callWith(shop.host(), "follow", "1");
        awaitReady(replica);
        shop.sql("postgres", "ALTER ROLE \"pgfork_replica_replica\" PASSWORD 'another'");
        shop.sql("postgres", "SELECT pg_terminate_backend(pid) FROM pg_stat_replication");
        await().atMost(ScriptedInstance.PATIENCE).until(() -> replica.log().contains("password authentication failed"));
        assertThat(replica.probe("ready")).isFalse();
    }

    @Test
    void theRoleOfAMemberMayReplicateAndNothingElse() throws SQLException {
        var shop = instances.database().running();
        instances.admit(shop, "replica");
        assertThatThrownBy(() -> shop.login("pgfork_replica_replica", "password-of-replica", "app"))
                .isInstanceOf(SQLException.class)
                .hasMessageContaining("pg_hba.conf rejects");
        shop.sql("postgres", "ALTER ROLE \"pgfork_replica_replica\" RENAME TO renamed");
        shop.sql("postgres", "REVOKE pgfork_replication FROM renamed; ALTER ROLE renamed PASSWORD 'x'");
        shop.login("renamed", "x", "app").close();
    }

    @Test
    void aSmallerPlanFollowsWithTheSizesOfTheLeader() {
        var shop = instances.databaseWith(Map.of("max_connections", "150")).running();
        var replica = instances.standbyOf(shop, Map.of("max_connections", "20")).running();
        awaitReady(replica);
        assertThat(replica.sql("app", "SHOW max_connections")).isEqualTo("150");
    }

    @Test
    void aFullCopyIsStreamedWhereThereIsNoSnapshot() {
        var shop = instances.database().running();
        shop.sql("app", "CREATE TABLE public.t AS SELECT 1 AS i");
        var replica = instances.baseBackupOf(shop, "replica").running();
        awaitReady(replica);
        awaitRows(replica, 1);
        replica.kill();
        replica.running();
        awaitReady(replica);
    }

    /** Killed when all of it is there but for the proof, and before it has begun; and half of one is left over. */
    @ParameterizedTest
    @ValueSource(strings = {"sync-pgdata.new", "pg_basebackup"})
    void aFullCopyThatWasInterruptedIsMadeAnew(String point) {
        var shop = instances.database().running();
        shop.sql("app", "CREATE TABLE public.t AS SELECT 1 AS i");
        var replica = instances.baseBackupOf(shop, "replica");
        var copying = replica.gate(point).close();
        replica.start();
        copying.awaitReached();
        replica.kill();
        copying.open();
        assertThat(replica.pgdata()).doesNotExist();
        var half = replica.volume.resolve("pgdata.new");
        RootFileSystem.write(half.resolve("PG_VERSION"), "17\n");
        RootFileSystem.run("bash", "-c", "rm -rf \"$1/base\"; chown -R 999:999 \"$1\"", "half", half.toString());

        replica.running();
        awaitReady(replica);
        awaitRows(replica, 1);
        assertThat(half).doesNotExist();
    }

    @Test
    void aFollowerBecomesIndependentThroughQuarantine() {
        var shop = instances.database().running();
        shop.sql(
                "app",
                "CREATE SUBSCRIPTION s CONNECTION 'dbname=nowhere' PUBLICATION p WITH (connect = false, slot_name = 'precious')");
        var replica = instances.standbyOf(shop, Map.of()).running();
        awaitReady(replica);
        var replayed = replica.sql("postgres", "SELECT pg_last_wal_replay_lsn()");
        replica.stop("TERM");
        replica.with("PGFORK_ROLE", "primary")
                .with("PGFORK_EPOCH", "2")
                .with("PGFORK_CUT_LSN", replayed)
                .running();
        assertThat(replica.call("status").path("openedBy").asText()).isEqualTo("replica-uid/1");
        assertThat(replica.call("status").path("timeline").asInt()).isEqualTo(2);
        assertThat(replica.sql("app", "SELECT pg_is_in_recovery(), (SELECT count(*) FROM pg_subscription)"))
                .isEqualTo("f|0");
        assertThat(replica.sql("app", "SHOW archive_mode")).isEqualTo("off");
        assertThat(replica.sql("app", "SELECT rolcanlogin FROM pg_roles WHERE rolname = 'pgfork_replica_replica'"))
                .isEqualTo("f");
    }

    private static void awaitReady(ScriptedInstance instance) {
        await(instance.template.owner().name())
                .atMost(ScriptedInstance.PATIENCE)
                .until(() -> instance.probe("ready"));
    }

    private static void awaitRows(ScriptedInstance instance, int rows) {
        await().atMost(ScriptedInstance.PATIENCE)
                .until(() ->
                        instance.sql("app", "SELECT count(*) FROM public.t").equals(Integer.toString(rows)));
    }

    private static String startTime(ScriptedInstance instance) {
        return instance.sql("postgres", "SELECT pg_postmaster_start_time()");
    }

    private static void assertRefused(JsonNode answer, String reason) {
        assertThat(answer.path("ok").asBoolean()).as(answer.toString()).isFalse();
        assertThat(answer.path("reason").asText()).isEqualTo(reason);
    }
}
