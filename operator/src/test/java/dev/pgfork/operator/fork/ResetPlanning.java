package dev.pgfork.operator.fork;

import static dev.pgfork.operator.fork.ForkWorld.START;

import dev.pgfork.operator.instance.ScriptStatus.Phase;
import io.fabric8.kubernetes.api.model.PersistentVolumeClaim;
import java.time.Instant;
import java.util.Optional;

/** What the tables of resets share: a fork that has been ready, and is to be made again. */
abstract class ResetPlanning extends ForkPlanning {
    static final Instant READY = START.plusSeconds(4);
    static final Instant NOW = START.plusSeconds(3600);
    static final String AT = "2026-11-21T10:59:00Z";

    ForkWorld ready() {
        var world = afterCut(new ForkWorld())
                .volume("Bound")
                .script(Phase.running)
                .serving()
                .opened();
        set(world.noted(plan(world, READY).status()), false);
        var template =
                ForkResources.recorded(world.fork, world.fork.getStatus()).orElseThrow();
        world.service = Optional.of(RESOURCES.service(template));
        world.claim = Optional.of(RESOURCES.claimService(template));
        return world.life("8h", false, AT);
    }

    static PersistentVolumeClaim volume(int generation) {
        return new ForkWorld().volume("Bound").generation(generation).volume.orElseThrow();
    }
}
