package dev.pgfork.operator.instance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.pgfork.operator.postgres.Lsn;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** What is made of a standby's data: a fork, or an independent database on its own volume. */
@Tag("postgres")
class StandbySourceInstanceScriptTest {
    private final Instances instances = new Instances();

    @AfterEach
    void end() {
        instances.close();
    }

    @Test
    void aForkHasAllThatTheStandbyHadReceivedOnATimelineOfItsOwn() {
        var shop = instances.database().running();
        var replica = follower(shop, "replica");
        shop.sql("app", "CREATE TABLE public.t AS SELECT 1 AS i");
        awaitReplay(replica, shop);
        replica.sql("postgres", "SELECT pg_wal_replay_pause()");
        var replayed = replica.sql("postgres", "SELECT pg_last_wal_replay_lsn()");
        shop.sql("app", "INSERT INTO public.t VALUES (2)");
        var written = shop.sql("postgres", "SELECT pg_current_wal_flush_lsn()");
        awaitTrue(replica, "SELECT pg_last_wal_receive_lsn() >= '%s'".formatted(written));

        var fork = instances.forkOfStandby(replica, replayed, 1).running();

        assertThat(fork.call("status").path("timeline").asInt()).isEqualTo(2);
        assertThat(fork.call("status").path("openedBy").asText()).isEqualTo("fork-uid/1");
        assertThat(Lsn.parse(fork.call("status").path("switchPoint").asText()))
                .isGreaterThanOrEqualTo(Lsn.parse(written));
        assertThat(fork.sql("app", "SELECT string_agg(i::text, ',' ORDER BY i) FROM public.t"))
                .as("received, but not replayed by the standby")
                .isEqualTo("1,2");
        assertThat(fork.sql("app", "INSERT INTO public.t VALUES (3) RETURNING pg_is_in_recovery()"))
                .isEqualTo("f");
        assertThat(fork.sql("postgres", "SELECT count(*) FROM pg_replication_slots"))
                .isEqualTo("0");
        assertThat(fork.sql("postgres", "SELECT rolname FROM pg_roles WHERE rolcanlogin ORDER BY 1"))
                .isEqualTo("app\npgfork\npostgres");
        assertThat(fork.sql("postgres", "SHOW primary_conninfo")).isEmpty();
        assertThat(replica.probe("ready")).as("the standby goes on").isTrue();
        assertThat(shop.sql("app", "SELECT count(*) FROM public.t")).isEqualTo("2");
    }

    @Test
    void aForkOfAStandbyThatFollowedToAnotherTimelineLeavesThatOne() {
        var shop = instances.database().running();
        var second = follower(shop, "second");
        var replica = follower(shop, "replica");
        changeOver(shop, second, replica);
        second.sql("app", "CREATE TABLE public.t AS SELECT 1 AS i");
        awaitReplay(replica, second);
        var replayed = replica.sql("postgres", "SELECT pg_last_wal_replay_lsn()");
        assertThat(replica.sql("postgres", "SELECT timeline_id FROM pg_control_checkpoint()"))
                .as("the control file has not heard of the new timeline")
                .isEqualTo("1");

        var fork = instances.forkOfStandby(replica, replayed, 2).running();

        assertThat(fork.call("status").path("timeline").asInt()).isEqualTo(3);
        assertThat(fork.sql("app", "SELECT i FROM public.t")).isEqualTo("1");
    }

    /** Nothing keeps a leader from changing between the note and the stop of the standby. */
    @Test
    void aStandbyBecomesIndependentOnATimelineOfItsOwnAlthoughItFollowedToAnotherMeanwhile() {
        var shop = instances.database().running();
        var second = follower(shop, "second");
        var replica = follower(shop, "replica");
        var replayed = replica.sql("postgres", "SELECT pg_last_wal_replay_lsn()");
        changeOver(shop, second, replica);
        second.sql("postgres", "CHECKPOINT");
        awaitReplay(replica, second);
        replica.sql("postgres", "CHECKPOINT");
        replica.stop("TERM");

        replica.with("PGFORK_ROLE", "primary")
                .with("PGFORK_EPOCH", "3")
                .with("PGFORK_CUT_LSN", replayed)
                .with("PGFORK_SOURCE_TIMELINE", "1")
                .running();

        assertThat(replica.call("status").path("timeline").asInt()).isEqualTo(3);
    }

    private ScriptedInstance follower(ScriptedInstance leader, String name) {
        var follower = instances.standbyOf(leader, name, Map.of()).running();
        await(name).atMost(ScriptedInstance.PATIENCE).until(() -> follower.probe("ready"));
        return follower;
    }

    /** The target becomes the primary on timeline 2, and the other follower follows it there. */
    private void changeOver(ScriptedInstance shop, ScriptedInstance target, ScriptedInstance other) {
        instances.giveSlot(target, other.template.owner().name());
        var checkpoint =
                shop.call("fence", "2").path("controldata").path("checkpoint").asText();
        awaitTrue(target, "SELECT pg_last_wal_replay_lsn() > '%s'".formatted(checkpoint));
        assertThat(target.call("promote", "2").path("timeline").asInt()).isEqualTo(2);
        other.callWith(target.host(), "follow", "2");
        awaitTrue(other, "SELECT EXISTS (SELECT FROM pg_stat_wal_receiver WHERE received_tli = 2)");
    }

    private static void awaitReplay(ScriptedInstance standby, ScriptedInstance leader) {
        var end = leader.sql("postgres", "SELECT pg_current_wal_flush_lsn()");
        awaitTrue(standby, "SELECT pg_last_wal_replay_lsn() >= '%s'".formatted(end));
    }

    private static void awaitTrue(ScriptedInstance instance, String sql) {
        await(sql)
                .atMost(ScriptedInstance.PATIENCE)
                .until(() -> instance.sql("postgres", sql).equals("t"));
    }
}
