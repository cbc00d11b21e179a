package dev.pgfork.operator.instance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.pgfork.operator.instance.ScriptStatus.Phase;
import dev.pgfork.operator.kube.PodExec;
import dev.pgfork.operator.kube.PodExec.ExecFailedException;
import dev.pgfork.operator.postgres.Lsn;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ExecInstanceVerbsTest {
    private static final String RUNNING = """
            {"ok":true,"phase":"running","role":"primary","epoch":3,"openedBy":"uid-1/2",
             "systemIdentifier":"7550000000000000001","timeline":4,"switchPoint":"0/1F2A3B8","step":"","reason":"",
             "message":"","sqlstate":"","line":null,
             "timings":{"started":1763719200.125,"recovered":1763719200.5,"opened":1763719201.75}}
            """;

    private final RecordedExec exec = new RecordedExec();
    private final InstanceVerbs verbs = new ExecInstanceVerbs(exec);

    @Test
    void readsWhatTheScriptSays() {
        exec.answer(0, RUNNING);
        assertThat(verbs.status("prod", "shop-g1-0", Duration.ZERO))
                .isEqualTo(new ScriptStatus(
                        Phase.running,
                        "primary",
                        3,
                        "uid-1/2",
                        "7550000000000000001",
                        4,
                        "0/1F2A3B8",
                        null,
                        null,
                        null,
                        null,
                        null,
                        Instant.parse("2025-11-21T10:00:00.125Z"),
                        Instant.parse("2025-11-21T10:00:00.500Z"),
                        Instant.parse("2025-11-21T10:00:01.750Z"),
                        null,
                        0,
                        null,
                        null,
                        null,
                        Map.of()));
        assertThat(exec.pod).isEqualTo("prod/shop-g1-0");
        assertThat(exec.command).containsExactly("bash", "/pgfork/script/instance.sh", "status");
    }

    @Test
    void readsWhatItSaysOfSettings() {
        exec.answer(0, """
                {"ok":true,"phase":"running","role":"standby","epoch":3,"revision":"0a1b2c3d4e",
                 "demands":{"max_connections":200,"max_wal_senders":10}}
                """);
        var status = verbs.status("prod", "shop-g1-0", Duration.ZERO);
        assertThat(status.revision()).isEqualTo("0a1b2c3d4e");
        assertThat(status.demands()).isEqualTo(Map.of("max_connections", 200, "max_wal_senders", 10));
    }

    @Test
    void waitsInThePodAndALittleLongerOutside() {
        exec.answer(0, RUNNING);
        verbs.status("prod", "shop-g1-0", Duration.ofSeconds(20));
        assertThat(exec.command).endsWith("status", "20");
        assertThat(exec.timeout).isGreaterThan(Duration.ofSeconds(20));
    }

    @Test
    void aScriptThatHasJustBegunKnowsOnlyThat() {
        exec.answer(0, "{\"ok\":true,\"phase\":\"starting\"}");
        var status = verbs.status("prod", "shop-g1-0", Duration.ZERO);
        assertThat(status.phase()).isEqualTo(Phase.starting);
        assertThat(status.role()).isEmpty();
        assertThat(status.started()).isNull();
    }

    @Test
    void aFailureOfTheInstanceIsAnAnswer() {
        exec.answer(
                0,
                "{\"ok\":true,\"phase\":\"failed\",\"role\":\"primary\",\"epoch\":1,\"step\":\"roles\",\"reason\":\"QuarantineFailed\","
                        + "\"message\":\"roles.sql failed\",\"sqlstate\":\"42501\",\"line\":7,\"new\":\"field\"}");
        var status = verbs.status("prod", "pr-42-g1-0", Duration.ZERO);
        assertThat(status.reason()).isEqualTo("QuarantineFailed");
        assertThat(status.line()).isEqualTo(7);
        assertThat(status.sqlstate()).isEqualTo("42501");
    }

    @Test
    void sendsAConfigurationWithItsLengthsFirst() {
        exec.answer(0, "{\"ok\":true}");
        verbs.reload(
                "prod",
                "shop-g1-0",
                new ConfigurationBundle(new TreeMap<>(Map.of("tls.key", "secret\n", "pg_hba.conf", "Ä"))));
        assertThat(exec.command).containsExactly("bash", "/pgfork/script/instance.sh", "reload");
        assertThat(exec.stdin).isEqualTo("33\npg_hba.conf 2\nÄtls.key 7\nsecret\n");
        assertThat(exec.stdin.substring(3).getBytes(StandardCharsets.UTF_8)).hasSize(33);
    }

    @Test
    void asksForARestartOfOneStart() {
        exec.answer(0, "{\"ok\":true}");
        verbs.restart("prod", "shop-g1-0", "1795256399.520114/70c993dff6");
        assertThat(exec.command)
                .containsExactly("bash", "/pgfork/script/instance.sh", "restart", "1795256399.520114/70c993dff6");
    }

    @Test
    void aRefusalKeepsTheScriptsReason() {
        exec.answer(1, "{\"ok\":false,\"reason\":\"ConfigurationRejected\",\"message\":\"line 3 has errors\"}");
        var bundle = new ConfigurationBundle(new TreeMap<>());
        var refused = catchThrowableOfType(VerbRefusedException.class, () -> verbs.reload("prod", "shop-g1-0", bundle));
        assertThat(refused.reason()).isEqualTo("ConfigurationRejected");
        assertThat(refused).hasMessageContaining("prod/shop-g1-0").hasMessageContaining("line 3 has errors");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "bash: /pgfork/script/instance.sh: No such file or directory",
                "null",
                "[]",
                "{\"ok\":false}",
                "{\"ok\":true}",
                "{\"ok\":true,\"phase\":\"dreaming\"}"
            })
    void whatIsNoAnswerMeansThatNothingIsKnown(String stdout) {
        exec.answer(0, stdout);
        assertThatThrownBy(() -> verbs.status("prod", "shop-g1-0", Duration.ZERO))
                .isInstanceOf(ExecFailedException.class)
                .hasMessageContaining("prod/shop-g1-0");
    }

    @Test
    void aFenceIsProvedByTheControlFile() {
        exec.answer(
                0,
                "{\"ok\":true,\"controldata\":{\"state\":\"shut down\",\"checkpoint\":\"0/1E000028\","
                        + "\"redo\":\"0/1E000028\",\"timeline\":3,\"systemIdentifier\":\"7550000000000000001\"}}");
        var proof = verbs.fence("prod", "shop-g1-0", 7);
        assertThat(proof)
                .isEqualTo(new FenceProof(
                        "shut down", Lsn.parse("0/1E000028"), Lsn.parse("0/1E000028"), 3, "7550000000000000001"));
        assertThat(proof.isCleanShutdown()).isTrue();
        assertThat(exec.command).containsExactly("bash", "/pgfork/script/instance.sh", "fence", "7");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"in production", "in crash recovery", "shut down in recovery", "shutting down", "shut downs"})
    void onlyAPrimaryThatWasShutDownHasSentEverything(String state) {
        exec.answer(
                0,
                "{\"ok\":true,\"controldata\":{\"state\":\"%s\",\"checkpoint\":\"0/1\",\"redo\":\"0/1\",\"timeline\":1,\"systemIdentifier\":\"7\"}}"
                        .formatted(state));
        assertThat(verbs.fence("prod", "shop-g1-0", 7).isCleanShutdown()).isFalse();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{\"state\":\"shut down\"}",
                "{\"state\":\"shut down\",\"checkpoint\":\"soon\",\"redo\":\"0/1\",\"timeline\":1,\"systemIdentifier\":\"7\"}"
            })
    void aControlFileThatIsNotUnderstoodProvesNothing(String controldata) {
        exec.answer(0, "{\"ok\":true,\"controldata\":" + controldata + "}");
        assertThatThrownBy(() -> verbs.fence("prod", "shop-g1-0", 7)).isInstanceOf(ExecFailedException.class);
    }

    @Test
    void whoHoldsNoDatabaseProvesNothing() {
        exec.answer(0, "{\"ok\":true,\"controldata\":null}");
        var refused = catchThrowableOfType(VerbRefusedException.class, () -> verbs.fence("prod", "shop-g1-0", 7));
        assertThat(refused.reason()).isEqualTo("NotADatabase");
    }

    @Test
    void aPromotionTellsItsTimeline() {
        exec.answer(0, "{\"ok\":true,\"timeline\":12}");
        assertThat(verbs.promote("prod", "replica-g1-0", 7)).isEqualTo(12);
        assertThat(exec.command).endsWith("promote", "7");

        exec.answer(0, "{\"ok\":true}");
        assertThatThrownBy(() -> verbs.promote("prod", "replica-g1-0", 7)).isInstanceOf(ExecFailedException.class);
    }

    @Test
    void tellsTheScriptThatWaitsForIt() {
        exec.answer(0, "{\"ok\":true,\"timeline\":12}");
        verbs.listen("prod", "replica-g1-0");
        assertThat(verbs.promote("prod", "replica-g1-0", 7)).isEqualTo(12);
        assertThat(exec.calls).containsExactly("start prod/replica-g1-0 listen", "tell promote 7\n");

        verbs.promote("prod", "replica-g1-0", 7);
        assertThat(exec.calls).as("it serves once").last().isEqualTo("run prod/replica-g1-0 promote");
    }

    @Test
    void aRefusalOfTheScriptThatWaitedIsARefusal() {
        exec.answer(1, "{\"ok\":false,\"reason\":\"EpochTooLow\",\"message\":\"it is at epoch 9 already\"}");
        verbs.listen("prod", "replica-g1-0");
        var refused = catchThrowableOfType(VerbRefusedException.class, () -> verbs.promote("prod", "replica-g1-0", 7));
        assertThat(refused.reason()).isEqualTo("EpochTooLow");
        assertThat(exec.calls).hasSize(2);
    }

    @Test
    void asksAnotherScriptIfTheOneThatWaitedIsGoneOrDoesNotHear() {
        exec.answer(0, "{\"ok\":true,\"timeline\":12}");
        verbs.listen("prod", "replica-g1-0");
        exec.started.gone = true;
        assertThat(verbs.promote("prod", "replica-g1-0", 7)).isEqualTo(12);
        assertThat(exec.calls).last().isEqualTo("run prod/replica-g1-0 promote");
        assertThat(exec.started.closed).isTrue();

        verbs.listen("prod", "replica-g1-0");
        exec.started.hears = false;
        assertThat(verbs.promote("prod", "replica-g1-0", 7)).isEqualTo(12);
        assertThat(exec.calls).endsWith("tell promote 7\n", "run prod/replica-g1-0 promote");
        assertThat(exec.started.closed).isTrue();
    }

    /** What it said was that it had waited long enough, just before the verb came. */
    @Test
    void asksAnotherScriptIfTheOneThatWaitedHadGivenUp() {
        exec.answer(0, "{\"ok\":true,\"timeline\":12}");
        verbs.listen("prod", "replica-g1-0");
        exec.started.gaveUp = true;
        assertThat(verbs.promote("prod", "replica-g1-0", 7)).isEqualTo(12);
        assertThat(exec.calls).endsWith("tell promote 7\n", "run prod/replica-g1-0 promote");
    }

    @Test
    void whatAScriptThatHasHeardDidIsNotKnownUntilItSays() {
        verbs.listen("prod", "replica-g1-0");
        exec.started.endIsSeen = false;
        assertThatThrownBy(() -> verbs.promote("prod", "replica-g1-0", 7)).isInstanceOf(ExecFailedException.class);
        assertThat(exec.calls).last().isEqualTo("tell promote 7\n");
    }

    @Test
    void givesUpTheScriptThatWaitedBefore() {
        exec.answer(0, "{\"ok\":true,\"timeline\":12}");
        verbs.listen("prod", "replica-g1-0");
        var first = exec.started;
        verbs.listen("prod", "replica-g1-0");
        assertThat(first.closed).isTrue();
        verbs.promote("prod", "replica-g1-0", 7);
        assertThat(exec.calls).last().isEqualTo("tell promote 7\n");
    }

    @Test
    void theLeaderAndTheSqlGoInWithTheirLengths() {
        exec.answer(0, "{\"ok\":true,\"leader\":\"shop-instance.prod.svc\"}");
        verbs.follow("prod", "replica-g1-0", 7, "shop-instance.prod.svc");
        assertThat(exec.command).endsWith("follow", "7");
        assertThat(exec.stdin).isEqualTo("22\nshop-instance.prod.svc");

        exec.answer(0, "{\"ok\":true,\"output\":\"1|ü\"}");
        assertThat(verbs.sql("prod", "shop-g1-0", "app", "SELECT 'ü'")).isEqualTo("1|ü");
        assertThat(exec.command).endsWith("sql", "app");
        assertThat(exec.stdin).isEqualTo("11\nSELECT 'ü'");
    }

    @Test
    void anUnfenceThatComesTooLateIsRefused() {
        exec.answer(1, "{\"ok\":false,\"reason\":\"EpochTooLow\",\"message\":\"this instance is at epoch 9 already\"}");
        var refused = catchThrowableOfType(VerbRefusedException.class, () -> verbs.unfence("prod", "shop-g1-0", 8));
        assertThat(refused.reason()).isEqualTo("EpochTooLow");
        assertThat(exec.command).endsWith("unfence", "8");
    }

    @Test
    void aKilledVerbMeansThatNothingIsKnown() {
        exec.answer(137, "{\"ok\":true}");
        assertThatThrownBy(() -> verbs.reload("prod", "shop-g1-0", new ConfigurationBundle(new TreeMap<>())))
                .isInstanceOf(ExecFailedException.class)
                .hasMessageContaining("exit code 137, 12 characters");
    }

    private static final class RecordedExec implements PodExec {
        private final List<String> calls = new ArrayList<>();
        private Listening started = new Listening(this);
        private Result result = new Result(0, "", "");
        private String pod = "";
        private List<String> command = List.of();
        private String stdin = "";
        private Duration timeout = Duration.ZERO;

        void answer(int exitCode, String stdout) {
            result = new Result(exitCode, stdout.replace("\n", "") + "\n", "");
        }

        @Override
        public Started start(String namespace, String pod, List<String> command) {
            calls.add("start " + namespace + "/" + pod + " " + command.get(2));
            started = new Listening(this);
            return started;
        }

        @Override
        public Result run(String namespace, String pod, List<String> command, byte[] stdin, Duration timeout) {
            calls.add("run " + namespace + "/" + pod + " " + command.get(2));
            this.pod = namespace + "/" + pod;
            this.command = command;
            this.stdin = new String(stdin, StandardCharsets.UTF_8);
            this.timeout = timeout;
            return result;
        }
    }

    /** A script that waits for a verb. */
    private static final class Listening implements PodExec.Started {
        private final RecordedExec exec;
        private boolean hears = true;
        private boolean gone;
        private boolean gaveUp;
        private boolean endIsSeen = true;
        private boolean closed;

        Listening(RecordedExec exec) {
            this.exec = exec;
        }

        @Override
        public boolean tell(byte[] stdin, Duration patience) {
            if (gone) {
                throw new ExecFailedException("it is gone", null);
            }
            exec.calls.add("tell " + new String(stdin, StandardCharsets.UTF_8));
            return hears;
        }

        @Override
        public PodExec.Result end(Duration timeout) {
            if (!endIsSeen) {
                throw new ExecFailedException("broken off", null);
            }
            if (gaveUp) {
                return new PodExec.Result(1, "{\"ok\":false,\"reason\":\"NothingAsked\",\"message\":\"\"}\n", "");
            }
            return new PodExec.Result(exec.result.exitCode(), "heard\n" + exec.result.stdout(), "");
        }

        @Override
        public boolean hasEnded() {
            return gone;
        }

        @Override
        public void close() {
            closed = true;
        }
    }
}
