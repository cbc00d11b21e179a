package dev.pgfork.operator.database;

import static org.assertj.core.api.Assertions.assertThat;

import dev.pgfork.api.v1alpha1.ChangeoverStep;
import dev.pgfork.api.v1alpha1.DatabasePhase;
import dev.pgfork.api.v1alpha1.DeletionPolicy;
import dev.pgfork.api.v1alpha1.OwnInstanceStatus;
import dev.pgfork.operator.action.ActionNames;
import dev.pgfork.operator.action.BesideWork.Progress;
import dev.pgfork.operator.instance.Growth;
import dev.pgfork.operator.instance.InstanceObservation;
import dev.pgfork.operator.instance.Member;
import dev.pgfork.operator.instance.ScriptStatus.Phase;
import dev.pgfork.operator.instance.Trial;
import dev.pgfork.operator.kube.Looked;
import dev.pgfork.operator.status.Conditions;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** A deleted database whose follower shop-replica is the primary. */
class DeparturePlannerTest extends OwnInstancePlanning {

    @Test
    void keepsAVolumeThatThePrimaryOnceLackedWhateverThePolicySays() {
        world.policy(DeletionPolicy.Delete);
        noFollowers();
        world.statefulSet = Optional.empty();
        world.pod = Optional.empty();
        world.volume = Optional.empty();
        // Noted, and not marked yet: the operator ended in between.
        world.otherVolumes = List.of(claim("shop-g1", false), claim("shop-g2", false), claim("shop-g3", true));
        noted(with(
                world.resource.getStatus(),
                new OwnInstanceStatus(
                        null,
                        null,
                        null,
                        null,
                        null,
                        null,
                        null,
                        new OwnInstanceStatus.Removal(START.toString(), "shop-g1", 2L))));
        assertThat(ActionNames.of(deletion())).containsExactly("Delete PersistentVolumeClaim shop-g2");

        world.otherVolumes = List.of(claim("shop-g1", false), claim("shop-g3", true));
        var last = deletion();
        assertThat(last.actions()).isEmpty();
        assertThat(last.wakeUp()).isEmpty();
    }

    @Test
    void doesNotLeaveThePrimaryFencedWhileFollowersHoldItBack() {
        var changeover = new ChangeoverWorld();
        changeover.fence = Optional.of(new Progress.Failed<>("no answer"));
        changingOver(ChangeoverStep.Preparing);
        world.changeover = Optional.of(changeover.seen());
        var refused = deletion().status();
        assertThat(refused.changeover()).as("nobody is fenced yet").isNull();
        assertThat(refused.primary()).isEqualTo("shop-replica");
        changingOver(ChangeoverStep.Fencing);
        var aborting = deletion();
        assertThat(ActionNames.of(aborting)).containsExactly("PersistIntent", "Unfence shop-replica 4");
        assertThat(aborting.status().changeover().step()).isEqualTo(ChangeoverStep.Aborting);
        assertThat(planner.worksWhileDeleting(world.resource, world.seen()))
                .as("the verb is not interrupted")
                .isTrue();

        noted(aborting.status());
        changeover.unfence = Optional.of(new Progress.Done<>(true));
        changeover.see("primary back");
        world.changeover = Optional.of(changeover.seen());
        var aborted = deletion();
        assertThat(aborted.status().changeover()).isNull();
        assertThat(aborted.wakeUp()).isPresent();

        noted(aborted.status());
        world.changeover = Optional.empty();
        var held = deletion();
        assertThat(held.status().phase()).isEqualTo(DatabasePhase.Deleting);
        assertThat(Conditions.find(held.status().conditions(), Conditions.STALLED))
                .get()
                .returns("HasFollowers", condition -> condition.getReason());
    }

    @Test
    void letsAPrimaryGoThatAnAbortedChangeoverLeftFenced() {
        var nothing = world.primary.orElseThrow();
        var fenced = DatabaseWorld.script(Phase.fenced, "fenced", 3, null);
        world.primary = Optional.of(new InstanceObservation(
                nothing.nameTaken(),
                nothing.claim(),
                nothing.service(),
                nothing.readOnlyService(),
                nothing.config(),
                nothing.volume(),
                nothing.statefulSet(),
                nothing.pod(),
                nothing.authority(),
                nothing.tls(),
                nothing.roles(),
                nothing.app(),
                nothing.superuser(),
                new Looked.Found<>(fenced),
                new Looked.Absent<>(),
                Growth.NONE,
                Trial.NONE,
                Optional.empty()));
        world.replication = new Looked.Absent<>();
        var held = deletion();
        assertThat(ActionNames.of(held)).contains("PersistIntent", "Unfence shop-replica 4");
        assertThat(held.status().phase()).isEqualTo(DatabasePhase.Deleting);
        assertThat(planner.worksWhileDeleting(world.resource, world.seen()))
                .as("the verb is not interrupted, and not repeated without a pause")
                .isTrue();
    }

    @Test
    void goesInTheMiddleOfAChangeoverIfNobodyHoldsItBack() {
        changingOver(ChangeoverStep.Fencing);
        world.changeover = Optional.of(new ChangeoverWorld().seen());
        noFollowers();
        assertThat(planner.worksWhileDeleting(world.resource, world.seen())).isFalse();
        assertThat(ActionNames.of(deletion())).containsExactly("Delete StatefulSet shop-g1");
    }

    private void noFollowers() {
        world.followers = world.followers.stream()
                .map(member ->
                        new Member(member.owner(), member.generation(), false, true, member.pod(), member.address()))
                .toList();
    }
}
