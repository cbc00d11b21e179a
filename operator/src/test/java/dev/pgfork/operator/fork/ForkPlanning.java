package dev.pgfork.operator.fork;

import static dev.pgfork.operator.fork.ForkWorld.START;
import static org.assertj.core.api.Assertions.assertThat;

import dev.pgfork.api.v1alpha1.ForkPhase;
import dev.pgfork.api.v1alpha1.PostgresForkStatus;
import dev.pgfork.operator.action.InstanceActions;
import dev.pgfork.operator.action.Plan;
import dev.pgfork.operator.instance.Certificates;
import dev.pgfork.operator.instance.InstanceConfiguration;
import dev.pgfork.operator.instance.InstanceResources;
import dev.pgfork.operator.instance.InstanceScript;
import dev.pgfork.operator.instance.Membership;
import dev.pgfork.operator.postgres.Parameters;
import dev.pgfork.operator.status.Conditions;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.Optional;

/**
 * What the tables of a fork's states share: on the left what is noted and seen, on the right phase, reason and actions.
 */
abstract class ForkPlanning {
    static final Duration DEADLINE = Duration.ofMinutes(1);
    static final Instant CUT = START.plusMillis(1500);

    static final InstanceResources RESOURCES = new InstanceResources(new InstanceConfiguration(InstanceScript.load()));

    final ForkPlanner planner = new ForkPlanner(
            new InstanceActions(
                    RESOURCES,
                    new Certificates("cluster.local", new SecureRandom(), Clock.fixed(START, ZoneOffset.UTC)),
                    Parameters.load()),
            DEADLINE);

    PostgresForkStatus positionNoted() {
        return plan(ForkWorld.withSource().claimed().prepared()).status();
    }

    ForkWorld afterCut(ForkWorld world) {
        var cut = plan(ForkWorld.withSource().claimed().noted(positionNoted()).snapshot(CUT, true), CUT);
        return world.claimed().noted(cut.status());
    }

    /** With a StatefulSet as it is made for what is noted. */
    static ForkWorld set(ForkWorld world, boolean stopped) {
        var template =
                ForkResources.recorded(world.fork, world.fork.getStatus()).orElseThrow();
        var set = RESOURCES.statefulSet(template.withMembership(
                template.membership().withStopping(stopped ? Membership.Stopping.PROVED : Membership.Stopping.NO)));
        set.getMetadata().setUid("uid-of-set");
        set.getMetadata().setCreationTimestamp(START.toString());
        world.statefulSet = Optional.of(set);
        return world;
    }

    Plan<PostgresForkStatus> plan(ForkWorld world) {
        return plan(world, START);
    }

    Plan<PostgresForkStatus> plan(ForkWorld world, Instant now) {
        return planner.plan(world.fork, world.seen(), now);
    }

    static String message(Plan<PostgresForkStatus> plan) {
        return Conditions.find(plan.status().conditions(), Conditions.READY)
                .orElseThrow()
                .getMessage();
    }

    static void expect(Plan<PostgresForkStatus> plan, ForkPhase phase, String condition, String reason) {
        assertThat(plan.status().phase()).isEqualTo(phase);
        assertThat(plan.status().observedGeneration()).isEqualTo(3L);
        assertThat(Conditions.find(plan.status().conditions(), condition))
                .as("condition %s of %s", condition, plan.status().conditions())
                .get()
                .satisfies(found -> {
                    assertThat(found.getStatus()).isEqualTo("True");
                    assertThat(found.getReason()).isEqualTo(reason);
                });
        assertThat(plan.wakeUp()).isPresent();
    }
}
