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
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The tables of {@link PrimaryHealth} and {@link LastSeen}. */
class PrimaryHealthTest {
    private static final Instant NOW = ChangeoverWorld.START;
    private static final ChangeoverWorld WORLD = new ChangeoverWorld();

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
    @CsvSource({"9,  0/1D000000, false", "10, 0/1D000000, true", "10, 0/1D000001, false", "60, 0/1D000001, true"})
    void recordsLittle(int seconds, String written, boolean news) {
        // The primary of the world is at 0/1D000001 where nothing was written since the record.
        var before = position("shop", written.equals("0/1D000001") ? "0/1D000000" : "0/1C000000", 7);
        var after = LastSeen.of(before, "shop", WORLD.from, NOW.plusSeconds(seconds));
        assertThat(after).isEqualTo(news ? seen(NOW.plusSeconds(seconds)) : before);
    }

    @Test
    void recordsAnotherPrimaryAtOnceAndForgetsNothing() {
        assertThat(LastSeen.of(null, "shop", WORLD.from, NOW)).isEqualTo(seen(NOW));
        assertThat(LastSeen.of(position("other", "0/1D000000", 7), "shop", WORLD.from, NOW))
                .isEqualTo(seen(NOW));
        assertThat(LastSeen.of(position("shop", "0/1D000000", 6), "shop", WORLD.from, NOW))
                .isEqualTo(seen(NOW));
        var before = position("shop", "0/1C000000", 7);
        var later = NOW.plus(Duration.ofDays(1));
        assertThat(LastSeen.of(before, "shop", new Looked.Unknown<>("no route"), later))
                .isEqualTo(before);
        assertThat(LastSeen.of(before, "shop", WORLD.to, later)).isEqualTo(before);
    }

    private static PrimaryPosition seen(Instant at) {
        return new PrimaryPosition("shop", "0/1D000000", 7, "7439281", at.toString());
    }

    private static PrimaryPosition position(String instance, String lsn, int timeline) {
        return new PrimaryPosition(instance, lsn, timeline, "7439281", NOW.toString());
    }

    private static Looked<MemberPosition> server(String what) {
        return switch (what) {
            case "primary" -> WORLD.from;
            case "standby" -> WORLD.to;
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
                phase, "primary", 7, "", null, null, null, null, reason, null, null, null, null, null, null, null);
    }
}
