package dev.pgfork.operator.action;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.pgfork.operator.instance.ScriptStatus;
import dev.pgfork.operator.instance.ScriptStatus.Phase;
import dev.pgfork.operator.instance.UnexpectedVerbs;
import dev.pgfork.operator.kube.PodExec.ExecFailedException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class OpeningWatchTest {

    @ParameterizedTest
    @EnumSource(
            value = Phase.class,
            names = {"running", "failed", "fenced"})
    void asksUntilThePhaseIsFinal(Phase end) throws InterruptedException {
        var verbs = new ScriptedVerbs(Phase.starting, Phase.quarantine, Phase.quarantine, end, Phase.stopping);

        assertThat(new OpeningWatch(verbs, "prod", "pr-1-g1-0").call().phase()).isEqualTo(end);
        assertThat(verbs.phases).hasSize(1);
    }

    @Test
    void endsWhenThePodCannotBeAsked() {
        var verbs = new ScriptedVerbs(Phase.starting);

        assertThatThrownBy(() -> new OpeningWatch(verbs, "prod", "pr-1-g1-0").call())
                .isInstanceOf(ExecFailedException.class);
    }

    @Test
    void endsWhenNobodyWaits() {
        var verbs = new ScriptedVerbs(Phase.starting, Phase.quarantine);
        Thread.currentThread().interrupt();

        assertThatThrownBy(() -> new OpeningWatch(verbs, "prod", "pr-1-g1-0").call())
                .isInstanceOf(InterruptedException.class);
        assertThat(verbs.phases).hasSize(1);
    }

    private static final class ScriptedVerbs extends UnexpectedVerbs {
        private final Queue<Phase> phases;

        ScriptedVerbs(Phase... phases) {
            this.phases = new ArrayDeque<>(List.of(phases));
        }

        @Override
        public ScriptStatus status(String namespace, String pod, Duration wait) {
            assertThat(wait).isPositive();
            var phase = phases.poll();
            if (phase == null) {
                throw new ExecFailedException("pod is gone", null);
            }
            return new ScriptStatus(
                    phase, "primary", 1, "", null, null, null, null, null, null, null, null, null, null, null, null, 0,
                    null, null, null, Map.of());
        }
    }
}
