package dev.pgfork.operator.database;

import static org.assertj.core.api.Assertions.assertThat;

import dev.pgfork.api.v1alpha1.PrimaryOutage;
import dev.pgfork.api.v1alpha1.PrimaryPosition;
import dev.pgfork.operator.database.PrimaryHealth.Sight;
import dev.pgfork.operator.instance.NodeState;
import dev.pgfork.operator.instance.PodLife;
import dev.pgfork.operator.instance.ScriptStatus;
import dev.pgfork.operator.kube.Looked;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The tables of {@link PrimaryHealth} and {@link LastSeen}. */
class PrimaryHealthTest {
    private static final Instant NOW = ChangeoverWorld.START;

    @ParameterizedTest
    @CsvSource({
        "primary,  RUNS,     READY,     running,  Serves",
        "primary,  RESTARTS, UNKNOWN,   none,     Serves",
        "standby,  RUNS,     READY,     running,  Unseen",
        "silent,   none,     READY,     none,     Unseen",
        "silent,   unknown,  READY,     none,     Unseen",
        "silent,   RESTARTS, READY,     none,     Down",
        "silent,   ENDED,    READY,     none,     Down",
        "silent,   RESTARTS, NOT_READY, none,     Unseen",
        "silent,   RESTARTS, UNKNOWN,   none,     Unseen",
        "silent,   none,     DELETED,        none,    Down", // its pod went with the Node
        "silent,   RUNS,     DELETED,        unknown, Down", // as its kubelet said last
        "silent,   RUNS,     OUT_OF_SERVICE, unknown, Down",
        "silent,   RESTARTS, OUT_OF_SERVICE, none,    Down",
        "silent,   RUNS,     OUT_OF_SERVICE, running, Unseen", // it answers: somebody is wrong
        "silent,   RUNS,     NOT_READY, unknown,  Unseen",
        "silent,   RUNS,     READY,     none,     Unseen",
        "silent,   RUNS,     READY,     unknown,  Unseen",
        "silent,   RUNS,     READY,     running,  Unseen",
        "silent,   RUNS,     READY,     fenced,   Unseen",
        "silent,   RUNS,     READY,     failed,   Down",
        "silent,   RUNS,     READY,     starting, Down",
        "silent,   RUNS,     READY,     stopping, Down",
        "nowhere,  RUNS,     READY,     failed,   Down"
    })
    void isDownOnlyWhereSomebodyWhoKnowsSaysSo(
            String server, String pod, NodeState node, String script, String expected) {
        assertThat(PrimaryHealth.of(new Sight("shop", server(server), pod(pod), node, script(script)))
                        .getClass()
                        .getSimpleName())
                .isEqualTo(expected);
    }

    @Test
    void countsOnlyTimeThatIsKnown() {
        var down = new PrimaryHealth.Down("ServerDown", "it is");
        var first = PrimaryHealth.outage(null, down, NOW);
        assertThat(first).isEqualTo(new PrimaryOutage(NOW.toString(), "ServerDown", "it is"));
        assertThat(PrimaryHealth.outage(first, down, NOW.plusSeconds(9))).isEqualTo(first);
        assertThat(PrimaryHealth.outage(first, new PrimaryHealth.Unseen("no route"), NOW))
                .isNull();
        assertThat(PrimaryHealth.outage(first, new PrimaryHealth.Serves(), NOW)).isNull();
    }

    @ParameterizedTest
    @CsvSource({
        "9,  0/1D000000, false",
        "10, 0/1D000000, true",
        "10, 0/1C000000, false",
        "59, 0/1C000000, false",
        "60, 0/1C000000, true"
    })
    void recordsLittle(int seconds, String lsn, boolean news) {
        var before = position("shop", "0/1C000000", 7, NOW);
        var seen = position("shop", lsn, 7, NOW.plusSeconds(seconds));
        assertThat(LastSeen.of(before, Optional.of(seen), NOW.plusSeconds(seconds)))
                .isEqualTo(news ? seen : before);
    }

    @Test
    void recordsAnotherPrimaryAtOnceAndForgetsNothing() {
        var seen = position("shop", "0/1D000000", 7, NOW);
        assertThat(LastSeen.of(null, Optional.of(seen), NOW)).isEqualTo(seen);
        for (var before : List.of(
                position("other", "0/1D000000", 7, NOW),
                position("shop", "0/1D000000", 6, NOW),
                new PrimaryPosition("shop", "0/1D000000", 7, "7439281", NOW.toString(), "node-2", null, null),
                new PrimaryPosition("shop", "0/1D000000", 7, "7439281", NOW.toString(), "node-1", null, true),
                new PrimaryPosition("shop", "0/1D000000", 7, "1", NOW.toString(), "node-1", null, null))) {
            assertThat(LastSeen.of(before, Optional.of(seen), NOW)).isEqualTo(seen);
        }
        assertThat(LastSeen.of(seen, Optional.empty(), NOW.plus(Duration.ofDays(1))))
                .isEqualTo(seen);
    }

    private static PrimaryPosition position(String instance, String lsn, int timeline, Instant at) {
        return new PrimaryPosition(instance, lsn, timeline, "7439281", at.toString(), "node-1", null, null);
    }

    private static Looked<Boolean> server(String what) {
        return switch (what) {
            case "primary" -> new Looked.Found<>(true);
            case "standby" -> new Looked.Found<>(false);
            case "silent" -> new Looked.Unknown<>("no route");
            default -> new Looked.Absent<>();
        };
    }

    private static Looked<PodLife> pod(String what) {
        return ProofOfFenceTest.seen(Optional.empty(), false, what, NodeState.READY)
                .pod();
    }

    private static Looked<ScriptStatus> script(String what) {
        return switch (what) {
            case "none" -> new Looked.Absent<>();
            case "unknown" -> new Looked.Unknown<>("no route");
            default -> new Looked.Found<>(status(ScriptStatus.Phase.valueOf(what), null));
        };
    }

    private static ScriptStatus status(ScriptStatus.Phase phase, @Nullable String reason) {
        return new ScriptStatus(
                phase, "primary", 7, "", null, null, null, null, reason, null, null, null, null, null, null, null, 0,
                null, null, null, Map.of());
    }
}
