package dev.pgfork.operator.fork;

import static org.assertj.core.api.Assertions.assertThat;

import dev.pgfork.api.v1alpha1.ForkPhase;
import dev.pgfork.api.v1alpha1.PromotionStatus.Outcome;
import dev.pgfork.operator.action.ActionNames;
import dev.pgfork.operator.kube.Looked;
import dev.pgfork.operator.status.Conditions;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** What becomes of a fork, and of a command to reset it, where the status was lost. */
class LostForkTest extends ResetPlanning {
    @Test
    void aLostStatusMakesTheCommandHandledAndTheLatestVolumeTheForks() {
        var world = new ForkWorld().claimed().volume("Bound").opened().life(null, false, AT);
        world.generation(3);
        var plan = plan(world, NOW);
        assertThat(plan.status().instance().generation()).isEqualTo(3);
        assertThat(plan.status().next()).isNull();
        assertThat(plan.status().reset().outcome()).isEqualTo(Outcome.Refused);
        assertThat(plan.status().reset().reason()).isEqualTo("StatusLost");
        assertThat(ActionNames.of(plan)).startsWith("PersistIntent").noneMatch(name -> name.startsWith("Delete"));
    }

    /** A reset was making the second generation, which may be in quarantine. */
    @Test
    void withoutAStatusItIsTheGenerationThatClientsAreLedTo() {
        var world = lost(ready());
        var plan = plan(world, NOW);
        assertThat(plan.status().instance().generation()).isEqualTo(1);
        assertThat(ActionNames.of(plan)).noneMatch(name -> name.startsWith("Delete") || name.startsWith("Apply"));
    }

    private ForkWorld lost(ForkWorld world) {
        var template =
                ForkResources.recorded(world.fork, world.fork.getStatus()).orElseThrow();
        var made = RESOURCES.volume(template);
        made.getMetadata().setCreationTimestamp(CUT.toString());
        made.setStatus(world.volume.orElseThrow().getStatus());
        world.volume = Optional.of(made);
        world.belongings = new Belongings(
                world.statefulSet.stream().toList(),
                List.of(),
                List.of(made, volume(2)),
                List.of(),
                List.of(RESOURCES.configMap(template)));
        world.fork.setStatus(null);
        return world;
    }

    @Test
    void itNeedsNeitherItsSourceNorAnotherCutWithoutAStatus() {
        var known = ready().fork.getStatus();
        var world = lost(ready());
        world.noted(plan(world, NOW).status());
        var status = world.fork.getStatus();
        assertThat(status.source().lsnBefore()).isEqualTo(known.source().lsnBefore());
        assertThat(status.source().timeline()).isEqualTo(known.source().timeline());
        assertThat(status.source().cutTime()).isEqualTo(CUT.toString());
        assertThat(RESOURCES.statefulSet(
                        ForkResources.recorded(world.fork, status).orElseThrow()))
                .as("nothing is changed by what was read back")
                .isEqualTo(RESOURCES.statefulSet(
                        ForkResources.recorded(world.fork, known).orElseThrow()));

        var plan = plan(world, NOW);
        expect(plan, ForkPhase.Ready, Conditions.READY, "Ready");
        assertThat(ActionNames.of(plan)).noneMatch(name -> name.contains("VolumeSnapshot"));
    }

    @Test
    void aLaterCommandIsCarriedOutThoughTheCutIsUnknown() {
        var world = ForkWorld.withSource().claimed().volume("Bound").opened().life(null, false, AT);
        world.noted(plan(world, NOW).status());
        assertThat(world.fork.getStatus().reset().reason()).isEqualTo("StatusLost");
        assertThat(world.fork.getStatus().source()).isNull();
        world.life(null, false, "2026-11-21T10:59:30Z");
        assertThat(plan(world, NOW).status().next().instance().generation()).isEqualTo(2);
    }

    @Test
    void aForkThatHadDataAndHasNoneIsNotMadeAgainByItself() {
        var plan = plan(ForkWorld.withSource().claimed().opened(), NOW);
        assertThat(plan.status().phase()).isEqualTo(ForkPhase.Expired);
        assertThat(plan.status().expiredAt()).isNotNull();
    }

    @Test
    void aRefusalDeletesNoVolumeThatWasThereBefore() {
        var world = ForkWorld.withSource().claimed().volume("Bound").opened();
        world.safety = new Looked.Found<>(ForkWorld.safety(1, false));
        world.noted(plan(world, NOW).status());
        var plan = plan(world, NOW);
        assertThat(plan.status().phase()).isEqualTo(ForkPhase.Refused);
        assertThat(ActionNames.of(plan)).noneMatch(name -> name.startsWith("Delete"));
    }
}
