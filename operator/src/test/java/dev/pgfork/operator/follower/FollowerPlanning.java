package dev.pgfork.operator.follower;

import static dev.pgfork.operator.follower.FollowerWorld.START;
import static org.assertj.core.api.Assertions.assertThat;

import dev.pgfork.api.v1alpha1.FollowerPhase;
import dev.pgfork.api.v1alpha1.PostgresFollowerStatus;
import dev.pgfork.operator.action.ActionNames;
import dev.pgfork.operator.action.InstanceActions;
import dev.pgfork.operator.action.Plan;
import dev.pgfork.operator.instance.Certificates;
import dev.pgfork.operator.instance.InstanceConfiguration;
import dev.pgfork.operator.instance.InstanceResources;
import dev.pgfork.operator.instance.InstanceScript;
import dev.pgfork.operator.kube.Labels;
import dev.pgfork.operator.postgres.Parameters;
import dev.pgfork.operator.status.Conditions;
import io.fabric8.kubernetes.api.model.Secret;
import io.fabric8.kubernetes.api.model.SecretBuilder;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.List;

/**
 * What the tables of a follower's states share: on the left what is noted and seen, on the right phase, reason and
 * actions.
 */
abstract class FollowerPlanning {
    static final Duration DEADLINE = Duration.ofMinutes(1);
    static final Instant CUT = START.plusMillis(1500);

    final FollowerPlanner planner = new FollowerPlanner(
            new InstanceActions(
                    new InstanceResources(new InstanceConfiguration(InstanceScript.load())),
                    new Certificates("cluster.local", new SecureRandom(), Clock.fixed(START, ZoneOffset.UTC)),
                    Parameters.load()),
            DEADLINE);

    /** A seed is noted, and the snapshot is being taken. */
    PostgresFollowerStatus seedNoted() {
        var slotNoted = plan(new FollowerWorld()).status();
        return plan(new FollowerWorld().noted(slotNoted).prepared().slot("reserved"))
                .status();
    }

    /** The cut is accepted, and there is no volume yet. */
    PostgresFollowerStatus cut() {
        return plan(new FollowerWorld().claimed().noted(seedNoted()).snapshot(CUT, true), CUT)
                .status();
    }

    /** It has a volume and has streamed. */
    PostgresFollowerStatus streamed() {
        return plan(new FollowerWorld().noted(cut()).streaming(1000), CUT.plusSeconds(2))
                .status();
    }

    Plan<PostgresFollowerStatus> plan(FollowerWorld world) {
        return plan(world, START);
    }

    Plan<PostgresFollowerStatus> plan(FollowerWorld world, Instant now) {
        return planner.plan(world.follower, world.seen(), now);
    }

    Plan<PostgresFollowerStatus> planDeletion(FollowerWorld world, Instant now) {
        return planner.planDeletion(world.follower, world.seen(), now);
    }

    static List<String> actions(Plan<?> plan) {
        return ActionNames.of(plan);
    }

    static String message(Plan<PostgresFollowerStatus> plan) {
        return Conditions.find(plan.status().conditions(), Conditions.READY)
                .orElseThrow()
                .getMessage();
    }

    static void expect(Plan<PostgresFollowerStatus> plan, FollowerPhase phase, String condition, String reason) {
        assertThat(Conditions.find(plan.status().conditions(), condition))
                .as("condition %s of %s", condition, plan.status().conditions())
                .get()
                .satisfies(found -> {
                    assertThat(found.getStatus()).isEqualTo("True");
                    assertThat(found.getReason()).isEqualTo(reason);
                });
        assertThat(plan.status().phase()).isEqualTo(phase);
        assertThat(plan.status().observedGeneration()).isEqualTo(3L);
        assertThat(plan.wakeUp()).isPresent();
    }

    static Secret passwordsOf(String authority) {
        return new SecretBuilder()
                .withMetadata(FollowerObjects.meta("shop-replica-roles"))
                .editMetadata()
                .addToAnnotations(Labels.AUTHORITY, authority)
                .endMetadata()
                .build();
    }
}
