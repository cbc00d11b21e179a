package dev.pgfork.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.util.concurrent.CompletableFuture;
import java.util.function.BooleanSupplier;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

@Timeout(60)
class WaitTest {

    @RegisterExtension
    final ApiServer server = new ApiServer();

    private final Plugin plugin = new Plugin(server);

    @BeforeEach
    void family() {
        server.has("family.yaml");
    }

    @Test
    void returnsAtOnceIfItIsReady() {
        assertThat(plugin.run("wait", "pr-42"))
                .isEqualTo(new Plugin.Result(0, "", "fork pr-42: it is ready (0.0 s)\n"));
    }

    @Test
    void tellsHowFarItIsUntilItIsReady() {
        var waiting = inBackground("wait", "pr-43");
        until("it has told the first phase", () -> plugin.terminal.errText().contains("Quarantine"));
        plugin.watches.tell(
                fork("Ready", "{type: Ready, status: 'True', reason: Ready, message: it accepts connections}"));
        var result = waiting.join();
        assertThat(result.exitCode()).isZero();
        assertThat(result.err()).isEqualTo("""
                [####-] Quarantine     0.0 s  the fork recovers in private
                fork pr-43: it is ready (0.0 s)
                """);
    }

    @Test
    void drawsABarWhereSomebodyReadsIt() {
        plugin.terminal.willAnswer("");
        var waiting = inBackground("wait", "pr-43");
        until("it has drawn the bar twice", () -> plugin.terminal.errText().split("\r", -1).length > 2);
        plugin.watches.tell(
                fork("Ready", "{type: Ready, status: 'True', reason: Ready, message: it accepts connections}"));
        assertThat(waiting.join().err())
                .startsWith("\r\u001b[K[####-] Quarantine     0.0 s  the fork recovers in private\r\u001b[K[")
                .endsWith("\r\u001b[Kfork pr-43: it is ready (0.0 s)\n");
    }

    @Test
    void saysWhyItDoesNotGetReady() {
        server.becomes(fork("Refused", """
                {type: Ready, status: 'False', reason: Tablespaces, message: move the data}, \
                {type: Stalled, status: 'True', reason: Tablespaces, message: move the data}"""));
        assertThat(plugin.run("wait", "pr-43"))
                .isEqualTo(new Plugin.Result(3, "", "fork pr-43: Tablespaces: move the data (0.0 s)\n"));
    }

    @Test
    void doesNotWaitForOneThatRests() {
        assertThat(plugin.run("wait", "pr-40"))
                .isEqualTo(new Plugin.Result(3, "", "fork pr-40: Suspended: it has no pod (0.0 s)\n"));
    }

    @Test
    void endsWhenItIsDeleted() {
        var waiting = inBackground("wait", "pr-43");
        until("it waits", () -> plugin.terminal.errText().contains("Quarantine"));
        plugin.watches.tellThatItIsGone();
        var result = waiting.join();
        assertThat(result.exitCode()).isEqualTo(3);
        assertThat(result.err()).endsWith("fork pr-43: Deleted: it is not there any more (0.0 s)\n");
    }

    @Test
    void endsWhenTheTimeIsOver() {
        var result = plugin.by(new LeapingClock(Duration.ofMinutes(1))).run("wait", "pr-43", "--timeout=3m");
        assertThat(result.exitCode()).isEqualTo(4);
        assertThat(result.err()).endsWith("fork pr-43: still Quarantine (180.0 s)\n");
    }

    @Test
    void refusesWhatIsNoDuration() {
        assertThat(plugin.run("wait", "pr-43", "--timeout=soon"))
                .satisfies(result -> assertThat(result.exitCode()).isEqualTo(2))
                .satisfies(
                        result -> assertThat(result.err()).contains("'soon' is no duration such as 90s, 10m, 1h30m"));
    }

    /** Not on the common pool: the client needs it, and it may have one thread only. */
    private CompletableFuture<Plugin.Result> inBackground(String... arguments) {
        return CompletableFuture.supplyAsync(
                () -> plugin.run(arguments),
                task -> Thread.ofPlatform().daemon().start(task));
    }

    private static String fork(String phase, String conditions) {
        return """
                apiVersion: pgfork.dev/v1alpha1
                kind: PostgresFork
                metadata: {name: pr-43, uid: u-pr-43, generation: 1}
                spec: {from: {kind: PostgresFollower, name: archive}}
                status:
                  phase: %s
                  observedGeneration: 1
                  conditions: [%s]
                """.formatted(phase, conditions);
    }

    private static void until(String what, BooleanSupplier condition) {
        Awaitility.await(what)
                .atMost(Duration.ofSeconds(30))
                .pollInterval(Duration.ofMillis(20))
                .until(condition::getAsBoolean);
    }

    /** Later by so much each time that it is looked at. */
    private static final class LeapingClock extends Clock {
        private final Duration leap;
        private Instant now = Plugin.NOW;

        LeapingClock(Duration leap) {
            this.leap = leap;
        }

        @Override
        public synchronized Instant instant() {
            var read = now;
            now = now.plus(leap);
            return read;
        }

        @Override
        public ZoneId getZone() {
            return ZoneId.of("UTC");
        }

        @Override
        public Clock withZone(ZoneId zone) {
            return this;
        }
    }
}
