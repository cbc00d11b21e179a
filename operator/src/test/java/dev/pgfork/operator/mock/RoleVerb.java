package dev.pgfork.operator.mock;

import dev.pgfork.operator.instance.FenceProof;
import dev.pgfork.operator.instance.ScriptStatus.Phase;
import dev.pgfork.operator.instance.VerbRefusedException;
import dev.pgfork.operator.postgres.Lsn;

/**
 * The verbs of the instance script that change a role, as docs/instance-contract.md has them.
 *
 * @param instance that is told
 * @param epoch that it is told
 */
record RoleVerb(SimulatedInstance instance, long epoch) {

    /**
     * @throws VerbRefusedException if the instance has heard of a later change already, does not own its volume, or
     *     cannot read it
     */
    RoleVerb {
        if (instance.isCrashed()) {
            throw refused("NoControlFile", instance, "has no control file that can be read");
        }
        if (epoch < instance.state().epoch()) {
            throw refused(
                    "EpochTooLow", instance, "is at epoch " + instance.state().epoch());
        }
        if (!instance.disk().state().self().equals(instance.self())) {
            throw refused("NotStarted", instance, "has not taken its volume over");
        }
    }

    private static VerbRefusedException refused(String reason, SimulatedInstance instance, String why) {
        return new VerbRefusedException(reason, instance.pod() + " " + why);
    }

    /** A primary's last record is the checkpoint of its shutdown; its standbys may have received it. */
    SimulatedInstance fenced() {
        var state = instance.state();
        if (state.role().equals(SimulatedInstance.STANDBY) && epoch == state.epoch()) {
            throw refused("AlreadyFollows", instance, "follows in epoch " + epoch + " already");
        }
        var wasWriting = instance.acceptsWrites();
        instance.write(disk -> (wasWriting ? disk.written() : disk)
                .with(new StateFile(
                        instance.self(), SimulatedInstance.FENCED, epoch, state.openedBy(), state.leader())));
        return instance.with(Phase.fenced, null);
    }

    static FenceProof proof(SimulatedInstance fenced) {
        var disk = fenced.disk();
        var checkpoint = new Lsn(disk.lastRecord());
        return new FenceProof(
                disk.state().leader().isEmpty() ? "shut down" : "shut down in recovery",
                checkpoint,
                checkpoint,
                disk.timeline(),
                disk.systemIdentifier());
    }

    SimulatedInstance unfenced() {
        var state = instance.state();
        switch (state.role()) {
            case SimulatedInstance.FENCED -> {
                if (!state.leader().isEmpty()) {
                    throw refused("NotAPrimary", instance, "was a standby");
                }
            }
            case SimulatedInstance.PRIMARY -> demandEpoch("NotFenced");
            default -> throw refused("NotFenced", instance, "is a " + state.role());
        }
        instance.write(disk ->
                disk.with(new StateFile(instance.self(), SimulatedInstance.PRIMARY, epoch, state.openedBy(), "")));
        return instance.with(Phase.running, null);
    }

    SimulatedInstance promoted() {
        var state = instance.state();
        switch (state.role()) {
            case SimulatedInstance.STANDBY ->
                instance.write(disk -> disk.onTimeline(disk.timeline() + 1)
                        .with(new StateFile(instance.self(), SimulatedInstance.PRIMARY, epoch, instance.self(), "")));
            case SimulatedInstance.PRIMARY -> demandEpoch("NotAStandby");
            default -> throw refused("NotAStandby", instance, "is " + state.role());
        }
        return instance;
    }

    private void demandEpoch(String reason) {
        if (epoch != instance.state().epoch()) {
            throw refused(
                    reason,
                    instance,
                    "is a primary at epoch " + instance.state().epoch());
        }
    }

    SimulatedInstance following(String host) {
        var state = instance.state();
        if (state.role().equals(SimulatedInstance.PRIMARY)) {
            throw refused("NotFenced", instance, "is a primary; fence it first");
        }
        var wasFenced = state.role().equals(SimulatedInstance.FENCED);
        instance.write(disk -> (wasFenced ? disk.withoutSlots() : disk)
                .with(new StateFile(instance.self(), SimulatedInstance.STANDBY, epoch, "", host)));
        return instance.with(Phase.running, null);
    }
}
