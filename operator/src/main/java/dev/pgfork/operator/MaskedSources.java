package dev.pgfork.operator;

import dev.pgfork.api.v1alpha1.ForkSource;
import dev.pgfork.api.v1alpha1.PostgresDatabase;
import dev.pgfork.api.v1alpha1.PostgresFollower;
import dev.pgfork.api.v1alpha1.PostgresFork;
import dev.pgfork.api.v1alpha1.PostgresForkStatus;
import dev.pgfork.api.v1alpha1.PromotionStatus.Outcome;
import dev.pgfork.api.v1alpha1.ResetStatus;
import dev.pgfork.operator.action.Deletions;
import dev.pgfork.operator.fork.SanitizeRules;
import dev.pgfork.operator.fork.SourceInstance;
import dev.pgfork.operator.instance.InstanceNames;
import dev.pgfork.operator.instance.Members;
import dev.pgfork.operator.kube.MaskedCopyIdentity;
import dev.pgfork.operator.kube.ObjectReader;
import dev.pgfork.operator.kube.Owner;
import dev.pgfork.operator.status.Conditions;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;

/**
 * What a fork in another namespace is made of where the owner of the data demands steps: the masked copy in the
 * source's own namespace, once it has passed all of them and is stopped.
 */
final class MaskedSources {
    /** What it says when there is nothing wrong with its instance. */
    private static final Set<String> RESTING = Set.of("Suspended", "Ready");

    private final ObjectReader objects;
    private final Members members;
    private final Function<PostgresFork, SourceInstance> asSource;

    /** @param asSource shows a fork as any fork's source */
    MaskedSources(ObjectReader objects, Members members, Function<PostgresFork, SourceInstance> asSource) {
        this.objects = objects;
        this.members = members;
        this.asSource = asSource;
    }

    /**
     * In the place of a source that demands steps of its forks.
     *
     * @param namespace of the source
     * @return the source itself where no copy is kept of it: of a fork, and of a follower that is a database of its own
     */
    SourceInstance insteadOf(SourceInstance source, String namespace, ForkSource from) {
        return databaseOf(namespace, from)
                .map(database -> copyOf(database).with(source.consent()))
                .orElse(source);
    }

    /**
     * What whoever names a masked copy asks for: forks of its database, with all that the owner of that says now.
     *
     * @param namespace of the source
     */
    ForkSource original(String namespace, ForkSource from) {
        return Optional.of(from)
                .filter(named -> named.resourceKind().equals(PostgresFork.KIND))
                .flatMap(named -> objects.get(PostgresFork.class, namespace, named.name()))
                .filter(MaskedCopyIdentity::is)
                .map(copy -> copy.getSpec().from())
                .orElse(from);
    }

    private Optional<PostgresDatabase> databaseOf(String namespace, ForkSource from) {
        return switch (from.resourceKind()) {
            case PostgresDatabase.KIND -> objects.get(PostgresDatabase.class, namespace, from.name());
            case PostgresFollower.KIND ->
                objects.get(PostgresFollower.class, namespace, from.name())
                        .filter(follower -> !members.isUnfollowed(follower))
                        .flatMap(this::leaderOf);
            default -> Optional.empty();
        };
    }

    /** Another database of its name has other data, and its own rules. */
    private Optional<PostgresDatabase> leaderOf(PostgresFollower follower) {
        var followed = follower.getSpec().follows();
        var known = follower.getStatus() == null ? null : follower.getStatus().leader();
        if (known == null || !followed.resourceKind().equals(PostgresDatabase.KIND)) {
            return Optional.empty();
        }
        return objects.get(PostgresDatabase.class, follower.getMetadata().getNamespace(), followed.name())
                .filter(database -> database.getMetadata().getUid().equals(known.uid()));
    }

    /**
     * By the API server's own word: what is decided by it is which volume leaves its namespace, and a copy that was
     * made anew has an unmasked volume of the same name at first.
     */
    private SourceInstance copyOf(PostgresDatabase database) {
        var owner = Owner.of(database);
        var found = objects.getUncached(PostgresFork.class, owner.namespace(), MaskedCopyIdentity.name(owner.name()));
        return found.filter(fork -> MaskedCopyIdentity.isOf(owner, fork))
                .filter(Deletions::remains)
                .map(copy -> stoppedAndMasked(copy, asSource.apply(copy)))
                .orElseGet(() -> missing(
                        owner,
                        SourceDemands.of(database),
                        found.filter(Deletions::remains).isPresent() ? "NameTaken" : "Making"));
    }

    private static SourceInstance stoppedAndMasked(PostgresFork copy, SourceInstance source) {
        var masked = source.rules().steps().isEmpty();
        return new SourceInstance(
                source.template(),
                source.instance(),
                source.names(),
                source.stopped(),
                source.serves() && source.stopped().isPresent() && masked,
                SourceInstance.MASKED_COPY_NOT_READY,
                notReady(source.instance().name(), why(copy, masked)),
                source.rules(),
                source.consent());
    }

    /** No more than a reason: who reads this may know nothing else of that namespace. */
    private static String why(PostgresFork copy, boolean masked) {
        var status = Objects.requireNonNullElse(copy.getStatus(), PostgresForkStatus.EMPTY);
        var reason = Conditions.summary(status.conditions())
                .map(condition -> condition.getReason())
                .orElse("Pending");
        if (masked || !RESTING.contains(reason)) {
            return reason;
        }
        var failed = Optional.ofNullable(status.reset())
                .filter(reset -> reset.outcome() != null && reset.outcome() != Outcome.Done)
                .map(ResetStatus::reason);
        return "it has not passed all steps that are demanded now"
                + failed.map(known -> ", and could not be made again: " + known).orElse("");
    }

    /** Nothing that could be cut has this uid, and it has passed nothing. */
    private static SourceInstance missing(Owner database, SanitizeRules demanded, String why) {
        var name = MaskedCopyIdentity.name(database.name());
        var nobody = new Owner(database.apiVersion(), PostgresFork.KIND, database.namespace(), name, "");
        return new SourceInstance(
                        Optional.empty(),
                        nobody,
                        new InstanceNames(name, InstanceNames.FIRST_GENERATION),
                        Optional.empty(),
                        false,
                        SourceInstance.MASKED_COPY_NOT_READY,
                        notReady(name, why))
                .with(demanded);
    }

    private static String notReady(String name, String why) {
        return "it is made of the masked copy PostgresFork " + name + ", which is not ready (" + why
                + "); the database's condition MaskedCopy says more";
    }
}
