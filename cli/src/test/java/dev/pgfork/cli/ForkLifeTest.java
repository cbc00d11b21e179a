package dev.pgfork.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.pgfork.api.v1alpha1.PostgresFork;
import dev.pgfork.api.v1alpha1.PostgresForkSpec;
import java.time.Clock;
import java.time.Duration;
import java.time.ZoneOffset;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Verbs for the life of a fork. */
class ForkLifeTest {

    @RegisterExtension
    final ApiServer server = new ApiServer();

    private final Plugin plugin = new Plugin(server);

    @BeforeEach
    void family() {
        server.has("family.yaml");
    }

    private PostgresForkSpec spec(String name) {
        return server.get(PostgresFork.class, name).getSpec();
    }

    @Test
    void resetsByADatedCommandWhatIsConfirmed() {
        assertThat(plugin.run("reset", "pr-42").err()).isEqualTo("""
                All that was written to fork pr-42 will be lost: it will be made again of shop as that is now.
                Type pr-42 to go on: error: nobody is there to confirm it: pass --confirm pr-42
                """);
        assertThat(spec("pr-42").resetAt()).isNull();
        assertThat(plugin.run("reset", "pr-42", "--confirm=pr-42"))
                .isEqualTo(new Plugin.Result(0, "fork pr-42 is made again of shop\n", ""));
        assertThat(spec("pr-42").resetAt()).isEqualTo("2026-11-21T10:00:00Z");
        assertThat(spec("pr-42").ttl()).isEqualTo("72h");
    }

    @Test
    void nothingIsLostByAResetOfAForkThatHasExpired() {
        assertThat(plugin.run("reset", "pr-39").err())
                .startsWith("fork pr-39 will be made again of shop as that is now.\n");
        assertThat(plugin.run("reset", "pr-39", "--confirm=pr-39").exitCode()).isZero();
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            # it was ready at 09:56:44.5, and it is 10:00
            3d   | 72h4m  | fork pr-42 lives until 2026-11-24T10:00:44Z
            100h | 100h4m | fork pr-42 lives until 2026-11-25T14:00:44Z
            3h   | 72h    | fork pr-42 lives until 2026-11-24T09:56:44Z already
            """)
    void renewsFromNowOnAndNeverShortens(String life, String ttl, String says) {
        assertThat(plugin.run("renew", "pr-42", life)).isEqualTo(new Plugin.Result(0, says + "\n", ""));
        assertThat(spec("pr-42").ttl()).isEqualTo(ttl);
    }

    @Test
    void renewsByADayUnlessToldOtherwise() {
        assertThat(plugin.run("renew", "pr-40").out())
                .isEqualTo("fork pr-40 lives until 2026-11-22T10:00:04Z already\n");
        assertThat(plugin.by(Clock.offset(Clock.fixed(Plugin.NOW, ZoneOffset.UTC), Duration.ofHours(1)))
                        .run("renew", "pr-40")
                        .out())
                .isEqualTo("fork pr-40 lives until 2026-11-22T11:00:04Z\n");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            pr-39        | fork pr-39 has expired, and its data is gone: 'kubectl pgfork reset pr-39' makes it again
            billing-copy | fork billing-copy has no time to live: it stays until it is deleted
            shop         | database shop is no fork
            """)
    void saysWhatCannotBeRenewed(String name, String why) {
        assertThat(plugin.run("renew", name)).isEqualTo(new Plugin.Result(1, "", "error: " + why + "\n"));
    }

    @Test
    void suspendsAndResumes() {
        assertThat(plugin.run("suspend", "pr-42")).isEqualTo(new Plugin.Result(0, "fork pr-42 is suspended\n", ""));
        assertThat(spec("pr-42").suspend()).isTrue();
        assertThat(plugin.run("resume", "pr-42")).isEqualTo(new Plugin.Result(0, "fork pr-42 is resumed\n", ""));
        assertThat(spec("pr-42").suspend()).isFalse();
        assertThat(plugin.run("suspend", "pr-42", "-o", "yaml").out()).contains("\n  suspend: true\n");
    }

    @ParameterizedTest
    @ValueSource(strings = {"suspend", "resume"})
    void whatHasExpiredHasNothingToSuspendOrResume(String verb) {
        var result = plugin.run(verb, "pr-39");
        assertThat(result.exitCode()).isEqualTo(1);
        assertThat(result.err()).startsWith("error: fork pr-39 has expired");
        assertThat(spec("pr-39").suspend()).isNull();
    }

    @ParameterizedTest
    @ValueSource(strings = {"reset", "renew", "suspend", "resume"})
    void areForForksOnly(String verb) {
        assertThat(plugin.run(verb, "shop-replica"))
                .isEqualTo(new Plugin.Result(1, "", "error: follower shop-replica is no fork\n"));
    }
}
