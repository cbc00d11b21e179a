package dev.pgfork.operator.database;

import static org.assertj.core.api.Assertions.assertThat;

import dev.pgfork.api.v1alpha1.ChangeoverStatus;
import dev.pgfork.api.v1alpha1.ChangeoverStep;
import dev.pgfork.api.v1alpha1.PostgresDatabaseStatus;
import dev.pgfork.api.v1alpha1.PromotionStatus;
import dev.pgfork.operator.action.ActionNames;
import dev.pgfork.operator.action.BesideWork.Progress;
import dev.pgfork.operator.action.InstanceActions;
import dev.pgfork.operator.instance.Certificates;
import dev.pgfork.operator.instance.Credentials;
import dev.pgfork.operator.instance.InstanceConfiguration;
import dev.pgfork.operator.instance.InstanceResources;
import dev.pgfork.operator.instance.InstanceScript;
import dev.pgfork.operator.instance.ScriptStatus;
import dev.pgfork.operator.kube.Looked;
import dev.pgfork.operator.postgres.Parameters;
import dev.pgfork.operator.postgres.Passwords;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The target of a changeover, shop-replica, is told to become the primary, and does not say that it has. */
class LostTargetTest {
    private static final Instant START = DatabaseWorld.START;

    private final Certificates certificates =
            new Certificates("cluster.local", new SecureRandom(), Clock.fixed(START, ZoneOffset.UTC));
    private final Credentials credentials =
            new Credentials(certificates, new Passwords(new SecureRandom()), new SecureRandom());
    private final InstanceResources resources = new InstanceResources(new InstanceConfiguration(InstanceScript.load()));
    private final DatabasePlanner planner = new DatabasePlanner(
            new InstanceActions(resources, certificates, Parameters.load()), Duration.ofMinutes(1), true);
    private final DatabaseWorld world = new DatabaseWorld();
    private final ChangeoverWorld changeover = new ChangeoverWorld();

    @BeforeEach
    void serve() {
        world.made(resources, credentials).pod(true).serving("7439281");
        world.resource.setStatus(
                planner.plan(world.resource, world.seen(), START).status());
        world.follower("shop-replica");
        changeover.following.remove("shop-other");
    }

    @Test
    void saysThatTheNewPrimaryWasNotReached() {
        at(ChangeoverStatus.begin("shop", "shop-replica", 2, START.toString())
                .at(ChangeoverStep.Promoting, START.toString())
                .fenced("0/1E000028", 7));
        changeover.promotion = Optional.of(new Progress.Failed<>("no route"));
        world.changeover = Optional.of(changeover.seen());
        var late = START.plus(ChangeoverCompletion.PROMOTE).plusSeconds(1);
        world.resource.setStatus(
                planner.plan(world.resource, world.seen(), late).status());
        var plan = planner.plan(world.resource, world.seen(), late);
        assertThat(plan.status())
                .returns("shop-replica", PostgresDatabaseStatus::primary)
                .returns(null, PostgresDatabaseStatus::changeover);
        assertThat(plan.status().promotion())
                .returns(PromotionStatus.Outcome.Done, PromotionStatus::outcome)
                .returns("TargetNotReached", PromotionStatus::reason);
        assertThat(ActionNames.of(plan)).contains("Warning TargetNotReached on PostgresDatabase");
    }

    /** It was told, and did not hear it. */
    @Test
    void promotesThePrimaryThatDoesNotKnowOfIt() {
        primary("shop-replica", 2, null);
        var standby = DatabaseWorld.script(ScriptStatus.Phase.running, "standby", 1, "shop");
        var fenced = DatabaseWorld.script(ScriptStatus.Phase.fenced, "fenced", 2, null);
        world.scripts = Map.of("shop-replica", new Looked.Found<>(standby), "shop", new Looked.Found<>(fenced));
        assertThat(ActionNames.of(planner.plan(world.resource, world.seen(), START)))
                .contains("Promote shop-replica 2");
        world.scripts = Map.of("shop-replica", new Looked.Found<>(standby), "shop", new Looked.Unknown<>("no route"));
        assertThat(ActionNames.of(planner.plan(world.resource, world.seen(), START)))
                .as("another may be the primary")
                .doesNotContain("Promote shop-replica 2");
        var told = DatabaseWorld.script(ScriptStatus.Phase.running, "standby", 2, "shop");
        world.scripts = Map.of("shop-replica", new Looked.Found<>(told), "shop", new Looked.Found<>(fenced));
        assertThat(ActionNames.of(planner.plan(world.resource, world.seen(), START)))
                .as("somebody has made it a standby since")
                .doesNotContain("Promote shop-replica 2");
    }

    private void at(ChangeoverStatus step) {
        primary("shop", 1, step);
    }

    private void primary(String name, long epoch, @Nullable ChangeoverStatus step) {
        var status = world.resource.getStatus();
        world.resource.setStatus(new PostgresDatabaseStatus(
                status.phase(),
                status.conditions(),
                1L,
                status.instance(),
                status.binding(),
                name,
                epoch,
                step == null ? null : new PromotionStatus(step.startedAt(), step.to(), null, null, null),
                step,
                1,
                0,
                null,
                null,
                null,
                null,
                null,
                null));
    }
}
