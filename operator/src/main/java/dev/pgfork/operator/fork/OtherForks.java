package dev.pgfork.operator.fork;

import dev.pgfork.api.v1alpha1.PostgresFork;
import dev.pgfork.api.v1alpha1.PostgresForkStatus;
import dev.pgfork.operator.action.Deletions;
import dev.pgfork.operator.instance.InstanceTemplate;
import dev.pgfork.operator.instance.Members;
import dev.pgfork.operator.kube.MaskedCopyIdentity;
import dev.pgfork.operator.kube.ObjectReader;
import dev.pgfork.operator.kube.Owner;
import dev.pgfork.operator.status.Conditions;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Other forks that one has to do with: those that come before it, and those that are being cut from it. */
final class OtherForks {
    private final ObjectReader objects;
    private final Members members;

    OtherForks(ObjectReader objects, Members members) {
        this.objects = objects;
        this.members = members;
    }

    /** @return 0 also where it does not matter */
    int ahead(PostgresFork fork, Optional<SourceInstance> source) {
        return source.filter(from -> from.consent().maxForks().isPresent() && !MaskedCopyIdentity.is(fork))
                .flatMap(SourceInstance::template)
                .map(template -> ForkLimit.ahead(fork, forksOfData(template)))
                .orElse(0);
    }

    /** Those of a database, of its followers and of its masked copy; not those of an earlier one of its name. */
    private List<PostgresFork> forksOfData(InstanceTemplate source) {
        var authority = copiedDatabase(source.owner())
                .orElseGet(() -> source.membership().authority());
        var family = Stream.concat(
                        Stream.of(source.owner(), authority),
                        members.followersOf(authority).map(Owner::of))
                .collect(Collectors.toMap(Owner::uid, owner -> owner, (one, same) -> one));
        return family.values().stream()
                .flatMap(owner -> objects.forksOf(owner.kind(), owner.namespace(), owner.name()).stream())
                .filter(copy -> Optional.ofNullable(copy.getStatus())
                        .map(PostgresForkStatus::source)
                        .filter(cut -> !isKnown(copy, cut.uid(), family.keySet()))
                        .filter(cut ->
                                !MaskedCopyIdentity.name(authority.name()).equals(cut.name()))
                        .isEmpty())
                .toList();
    }

    /**
     * Whether its status may be believed to tell of data of one of these. In another namespace somebody may write it
     * who was never allowed a fork, and does not know the uid.
     */
    private static boolean isKnown(PostgresFork copy, @Nullable String uid, Set<String> family) {
        return uid == null ? !ForkResources.crosses(copy) : family.contains(uid);
    }

    /** @return empty: it is no masked copy */
    private Optional<Owner> copiedDatabase(Owner source) {
        return Optional.of(source)
                .filter(owner -> owner.kind().equals(PostgresFork.KIND))
                .flatMap(owner -> objects.get(PostgresFork.class, owner.namespace(), owner.name()))
                .filter(MaskedCopyIdentity::is)
                .map(copy -> MaskedCopyIdentity.database(copy));
    }

    List<String> cutting(PostgresFork fork) {
        var owner = Owner.of(fork);
        return objects.forksOf(owner.kind(), owner.namespace(), owner.name()).stream()
                .filter(copy -> copy.getStatus() != null && holdsUp(copy.getStatus()))
                .filter(copy -> !ForkResources.crosses(copy) || isCutOf(owner, copy.getStatus()))
                .filter(Deletions::remains)
                .map(copy -> copy.getMetadata().getName())
                .sorted()
                .toList();
    }

    private static boolean isCutOf(Owner source, PostgresForkStatus copy) {
        return Stream.of(
                        Optional.ofNullable(copy.source()),
                        Optional.ofNullable(copy.next()).map(PostgresForkStatus.NextGeneration::source))
                .flatMap(Optional::stream)
                .anyMatch(cut -> source.uid().equals(cut.uid()));
    }

    /** One that stalls may never be cut, and its source would never expire. */
    static boolean holdsUp(PostgresForkStatus copy) {
        return copy.isCutting() && !Conditions.isTrue(copy.conditions(), Conditions.STALLED);
    }
}
