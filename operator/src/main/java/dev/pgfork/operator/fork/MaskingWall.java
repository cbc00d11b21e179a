package dev.pgfork.operator.fork;

import dev.pgfork.api.v1alpha1.PostgresFork;
import dev.pgfork.operator.storage.HandOver;
import dev.pgfork.operator.storage.SnapshotState;
import dev.pgfork.operator.storage.SourceVolume;
import java.util.Optional;

/**
 * No file with what a sanitize step is to replace enters another namespace: a source whose own data have not passed all
 * that is demanded of forks is not handed over. It is looked at when the fork is begun, and again while its cut is not
 * accepted: the owner of the data may have changed his mind in between.
 */
final class MaskingWall {
    private MaskingWall() {}

    /**
     * @return why the fork may not be made of the source itself; empty: it may, or waits for the masked copy of that
     */
    static Optional<Refusal> refusal(PostgresFork fork, SourceInstance source) {
        var namespace = fork.getMetadata().getNamespace();
        var elsewhere = source.rules().steps().stream()
                .filter(demand ->
                        !ForkResources.crosses(fork) && !demand.namespace().equals(namespace))
                .findFirst();
        if (elsewhere.isPresent()) {
            return Optional.of(new Refusal(
                    "SourceNotSanitized",
                    ("Forks must pass sanitize step %s by now, which the data of %s %s have not passed, and the SQL of which"
                                    + " stays in the namespace of the data's owner. Reset that first, in spec.resetAt")
                            .formatted(
                                    elsewhere.get().step().name(),
                                    fork.getSpec().from().resourceKind(),
                                    fork.getSpec().from().name())));
        }
        return stands(fork, source) && !source.isMaskedCopy()
                ? Optional.of(new Refusal(
                        "MaskedCopyNeeded",
                        ("%1$s %3$s/%2$s has sanitize steps that every fork must pass, and what they replace may not enter another"
                                        + " namespace. Make a PostgresFork of it in namespace %3$s, suspend that, and fork it"
                                        + " instead: its data have passed them")
                                .formatted(
                                        fork.getSpec().from().resourceKind(),
                                        fork.getSpec().from().name(),
                                        ForkResources.sourceNamespace(fork))))
                : Optional.empty();
    }

    /**
     * @param source empty: there is none, or it allows no forks in the fork's namespace
     * @return why a snapshot of it must not be used; empty: it may
     */
    static Optional<String> change(PostgresFork fork, Optional<SourceInstance> source) {
        if (!ForkResources.crosses(fork)) {
            return Optional.empty();
        }
        if (source.isEmpty()) {
            return Optional.of("the source is gone, or forks of it may not be made in this namespace any more");
        }
        return source.filter(from -> stands(fork, from))
                .map(from -> "its source demands sanitize steps now that its data have not passed, or its masked copy"
                        + " does not rest any more");
    }

    /**
     * A claim that was made again under its name has another volume, and the storage's controller takes a snapshot of
     * whatever has the name.
     *
     * @return why a snapshot that was taken must not be handed over
     */
    static Optional<String> otherVolume(PostgresFork fork, Optional<SourceVolume> now, SnapshotState taken) {
        var cut = Optional.ofNullable(taken.handle()).map(HandOver.Handle::volume);
        return ForkResources.crosses(fork) && (cut.isEmpty() || !cut.equals(now.map(SourceVolume::handle)))
                ? Optional.of("the source's data are on another volume than the one that was cut")
                : Optional.empty();
    }

    private static boolean stands(PostgresFork fork, SourceInstance source) {
        return ForkResources.crosses(fork)
                && (!source.rules().steps().isEmpty() || (source.isMaskedCopy() && !source.serves()));
    }
}
