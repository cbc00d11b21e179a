package dev.pgfork.operator.metrics;

import static org.assertj.core.api.Assertions.assertThat;

import dev.pgfork.api.v1alpha1.ForkPhase;
import dev.pgfork.api.v1alpha1.PostgresForkStatus.Timings;
import dev.pgfork.operator.action.Action;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class MetersTest {
    private final SimpleMeterRegistry registry = new SimpleMeterRegistry();
    private final Meters meters = new Meters(registry);

    @Test
    void countsResourcesByPhase() {
        meters.countPhases("PostgresFork", ForkPhase.values(), () -> Stream.of(ForkPhase.Ready, null, ForkPhase.Ready));

        assertThat(phase("Ready")).isEqualTo(2);
        assertThat(phase("Cutting")).isZero();
    }

    @Test
    void timesTheStepsOfAForkFromOneToTheNext() {
        meters.forkReady(new Timings(1.5, 2.0, 3.0, 2.9, null, 4.0));

        assertThat(seconds("cut")).isEqualTo(1.5);
        assertThat(seconds("bound")).isEqualTo(0.5);
        assertThat(seconds("started")).isEqualTo(1.0);
        assertThat(seconds("recovered")).isZero();
        assertThat(seconds("ready")).isEqualTo(1.1);
        assertThat(seconds("total")).isEqualTo(4.0);
    }

    @Test
    void leavesOutStepsThatAreNotKnown() {
        meters.forkReady(new Timings(1.5, null, null, null, null, 4.0));

        assertThat(registry.find("pgfork.fork.step").tag("step", "bound").timer())
                .isNull();
        assertThat(seconds("ready")).isEqualTo(2.5);
    }

    @Test
    void countsActionsByOutcome() {
        meters.after(new Action.PersistIntent());
        meters.after(new Action.PersistIntent());
        meters.failed(new Action.PersistIntent(), new IllegalStateException());

        assertThat(actions("done")).isEqualTo(2);
        assertThat(actions("failed")).isEqualTo(1);
    }

    private double phase(String phase) {
        return registry.get("pgfork.resources")
                .tag("kind", "PostgresFork")
                .tag("phase", phase)
                .gauge()
                .value();
    }

    private double seconds(String step) {
        return registry.get("pgfork.fork.step").tag("step", step).timer().totalTime(TimeUnit.SECONDS);
    }

    private double actions(String outcome) {
        return registry.get("pgfork.actions")
                .tags("action", "PersistIntent", "outcome", outcome)
                .counter()
                .count();
    }
}
