package dev.pgfork.operator.instance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Pods that end while a sanitize step is under way. */
@Tag("postgres")
class SanitizeDeathInstanceScriptTest extends SanitizedForks {
    @Test
    void aDeathInTheMiddleRepeatsNothingThatIsCommitted() {
        forkWith(3).start();
        settled();
        hand(1, "CREATE TABLE counted AS SELECT 1 AS step");
        // The step is committed, and nothing on the volume but its own row says so yet.
        var gate = fork.gate("sync-sanitized.new").close();
        handOver(2, "INSERT INTO counted VALUES (2); SELECT pg_sleep(2)", "yes");
        gate.awaitReached(); // "begun"
        gate.open();
        await().atMost(ScriptedInstance.PATIENCE).until(() -> committed(gate));
        fork.kill();
        gate.open();
        fork.start();
        assertThat(text(settled())).isEqualTo("waiting 3");
        assertThat(settled().path("done")).hasSize(2);
        hand(3, "INSERT INTO counted VALUES (3)");
        assertOpens();
        assertThat(fork.sql("app", "SELECT string_agg(step::text, ',' ORDER BY step) FROM app.counted"))
                .isEqualTo("1,2,3");
    }

    private void handOver(int step, String sql, String transaction) {
        var parsed = SanitizeSql.of(sql);
        fork.callWith(
                new String(parsed.framed(), StandardCharsets.UTF_8),
                "sanitize",
                "owner",
                transaction,
                "60",
                parsed.hash(),
                Integer.toString(step),
                "app");
    }

    /** Holds the script where it writes down that the step is done. */
    private static boolean committed(Gate gate) {
        gate.close();
        gate.awaitReached();
        return true;
    }

    @Test
    void aDeathBeforeTheCommitRepeatsTheStepAndSaysSoIfHalfOfItMayBeThere() {
        forkWith(2).start();
        settled();
        handOver(1, "CREATE TABLE counted AS SELECT 1 AS step; SELECT pg_sleep(100)", "yes");
        await().atMost(ScriptedInstance.PATIENCE)
                .until(() -> !fork.processes("pg_sleep").isEmpty()
                        || fork.call("status").toString().contains("running"));
        fork.kill();
        fork.start();
        var again = settled();
        assertThat(text(again)).isEqualTo("waiting 1");
        assertThat(again.path("partial").asBoolean()).isFalse();
        assertThat(text(hand(1, "CREATE TABLE counted AS SELECT 1 AS step"))).isEqualTo("waiting 2");
        var half = hand(2, "INSERT INTO counted VALUES (2);\nSELECT 1/0", "owner", "no", "60", "app");
        assertThat(half.path("partial").asBoolean()).isTrue();
        fork.kill();
        fork.start();
        again = settled();
        assertThat(text(again)).isEqualTo("waiting 2");
        assertThat(again.path("partial").asBoolean()).isTrue();
        hand(2, "INSERT INTO counted VALUES (3)", "owner", "no", "60", "app");
        assertOpens();
        assertThat(fork.sql("app", "SELECT string_agg(step::text, ',' ORDER BY step) FROM app.counted"))
                .isEqualTo("1,2,3");
    }
}
