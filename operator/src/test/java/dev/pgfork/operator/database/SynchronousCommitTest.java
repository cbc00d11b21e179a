package dev.pgfork.operator.database;

import static dev.pgfork.operator.database.SynchronousCommit.Progress.IN_FORCE;
import static org.assertj.core.api.Assertions.assertThat;

import dev.pgfork.api.v1alpha1.Synchronous;
import dev.pgfork.api.v1alpha1.Synchronous.WhenUnavailable;
import dev.pgfork.api.v1alpha1.SynchronousStatus;
import dev.pgfork.operator.kube.Looked;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The tables of {@link SynchronousCommit}: shop is the primary; a and b follow it. */
class SynchronousCommitTest {
    private static final List<String> MEMBERS = List.of("b", "a");
    private static final SynchronousStatus ONE = new SynchronousStatus(1, List.of("a", "b"), true);

    @ParameterizedTest
    @CsvSource({
        "Block,    1, a b,     1, IN_FORCE, True,    Waiting",
        "Block,    1, a b,     1, WRITTEN,  False,   NotInForce",
        "Block,    1, a b,     1, SET,      False,   NotInForce",
        "Block,    2, a,       2, SET,      False,   CommitsBlocked",
        "Block,    2, a,       2, IN_FORCE, False,   CommitsBlocked",
        "Block,    1, '',      1, IN_FORCE, False,   CommitsBlocked",
        "Block,    1, other,   1, IN_FORCE, False,   CommitsBlocked",
        "Block,    1, unknown, 1, IN_FORCE, Unknown, PrimaryNotAnswering",
        "Continue, 1, a,       1, IN_FORCE, True,    Waiting",
        "Continue, 2, a,       0, IN_FORCE, False,   NotWaiting",
        "Continue, 1, '',      0, IN_FORCE, False,   NotWaiting",
        "Continue, 1, '',      0, WRITTEN,  False,   NotInForce"
    })
    void waitsForThoseThatAreWantedAndSaysHowItStands(
            WhenUnavailable when,
            int required,
            String streaming,
            int waits,
            SynchronousCommit.Progress progress,
            String value,
            String reason) {
        var members = waits == 0 ? List.<String>of() : List.of("a", "b");
        var commit = SynchronousCommit.of(
                new Synchronous(required, when),
                MEMBERS,
                streaming(streaming),
                new SynchronousStatus(waits, members, false),
                progress);
        assertThat(commit.status()).isEqualTo(new SynchronousStatus(waits, members, progress == IN_FORCE));
        assertThat(commit.finding()).hasValueSatisfying(finding -> {
            assertThat(finding.value()).isEqualTo(value);
            assertThat(finding.reason()).isEqualTo(reason);
        });
    }

    /** A failover must still find those who have what was acknowledged. */
    @Test
    void aPromiseOfAPrimaryThatIsDownStandsWhateverIsWantedMeanwhile() {
        for (var wanted : Arrays.asList(null, new Synchronous(2, null), new Synchronous(1, WhenUnavailable.Continue))) {
            assertThat(SynchronousCommit.of(wanted, List.of("a", "b", "c"), streaming("unknown"), ONE, IN_FORCE)
                            .status())
                    .isEqualTo(ONE);
        }
    }

    @Test
    void isNotInForceBeforeItIsWrittenDown() {
        var wanted = new Synchronous(null, null);
        for (var before :
                Arrays.asList(null, SynchronousStatus.NOBODY, new SynchronousStatus(2, List.of("a", "b"), true))) {
            assertThat(SynchronousCommit.of(wanted, MEMBERS, streaming("a b"), before, IN_FORCE)
                            .status()
                            .inForce())
                    .isFalse();
        }
    }

    @Test
    void changesNothingWhileItCannotSeeWhoStreams() {
        var wanted = new Synchronous(1, WhenUnavailable.Continue);
        assertThat(of(wanted, "unknown", ONE).status()).isEqualTo(ONE);
        assertThat(of(wanted, "unknown", SynchronousStatus.NOBODY).status()).isEqualTo(SynchronousStatus.NOBODY);
    }

    @Test
    void waitsForNobodyWhereNothingIsWanted() {
        var commit = of(null, "a b", ONE);
        assertThat(commit.status()).isEqualTo(SynchronousStatus.NOBODY);
        assertThat(commit.finding()).isEmpty();
    }

    @Test
    void isRenderedForPostgres() {
        assertThat(SynchronousCommit.parts(null, "shop")).isEmpty();
        assertThat(SynchronousCommit.parts(SynchronousStatus.NOBODY, "shop")).isEmpty();
        assertThat(SynchronousCommit.parts(ONE, "shop")).containsExactly("ANY 1 (\"a\", \"b\")");
        assertThat(SynchronousCommit.parts(new SynchronousStatus(1, List.of(), true), "shop"))
                .containsExactly("ANY 1 (\"shop\")");
    }

    @Test
    void promisesOnlyWhatWasInForce() {
        var block = new Synchronous(1, WhenUnavailable.Block);
        assertThat(SynchronousCommit.quorum(block, ONE)).contains(new Quorum(1, Set.of("a", "b")));
        assertThat(SynchronousCommit.quorum(block, new SynchronousStatus(1, List.of("a", "b"), false)))
                .isEmpty();
        assertThat(SynchronousCommit.quorum(new Synchronous(1, WhenUnavailable.Continue), ONE))
                .isEmpty();
        assertThat(SynchronousCommit.quorum(null, ONE)).isEmpty();
        assertThat(SynchronousCommit.quorum(block, SynchronousStatus.NOBODY)).isEmpty();
        assertThat(SynchronousCommit.quorum(block, null)).isEmpty();
    }

    private static SynchronousCommit of(@Nullable Synchronous wanted, String streaming, SynchronousStatus before) {
        return SynchronousCommit.of(wanted, MEMBERS, streaming(streaming), before, IN_FORCE);
    }

    private static Looked<Set<String>> streaming(String names) {
        return names.equals("unknown")
                ? new Looked.Unknown<>("no route")
                : new Looked.Found<>(Optional.of(names).filter(text -> !text.isEmpty()).stream()
                        .flatMap(text -> Arrays.stream(text.split(" ", -1)))
                        .collect(Collectors.toSet()));
    }
}
