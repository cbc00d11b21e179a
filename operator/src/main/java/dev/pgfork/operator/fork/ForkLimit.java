package dev.pgfork.operator.fork;

import dev.pgfork.api.v1alpha1.ForkPhase;
import dev.pgfork.api.v1alpha1.PostgresFork;
import dev.pgfork.api.v1alpha1.PostgresForkStatus;
import dev.pgfork.api.v1alpha1.PostgresForkStatus.SourceStatus;
import dev.pgfork.operator.action.Deletions;
import dev.pgfork.operator.kube.MaskedCopyIdentity;
import dev.pgfork.operator.status.Conditions;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Counts forks for {@code maxForks}, all that have the same data: those of a database and of its followers. Whoever has
 * its cut keeps its place. Of those that are being made the older come first, and before those that still wait: so two
 * that begin at once, before either can be seen by the other, do not both stay. It is looked at again until the cut is
 * accepted.
 */
final class ForkLimit {
    static final String REASON = "MaxForksReached";

    /** Times are whole seconds. */
    private static final Comparator<PostgresFork> AGE = Comparator.<PostgresFork, String>comparing(
                    fork -> Objects.requireNonNullElse(fork.getMetadata().getCreationTimestamp(), ""))
            .thenComparing(fork -> fork.getMetadata().getNamespace())
            .thenComparing(fork -> fork.getMetadata().getName());

    private ForkLimit() {}

    /** @return how many there may be, if that is why this fork may not be made now */
    static Optional<Integer> excess(ForkObservation seen) {
        return seen.source().flatMap(source -> source.consent().maxForks()).filter(most -> seen.ahead() >= most);
    }

    /**
     * How many come before one without an accepted cut.
     *
     * @param all forks of the same data
     */
    static int ahead(PostgresFork fork, List<PostgresFork> all) {
        return (int) all.stream()
                .filter(other ->
                        !other.getMetadata().getUid().equals(fork.getMetadata().getUid()))
                .filter(other -> Deletions.remains(other) && !MaskedCopyIdentity.is(other))
                .filter(other -> isBefore(other, fork))
                .count();
    }

    private static boolean isBefore(PostgresFork other, PostgresFork fork) {
        var older = AGE.compare(other, fork) < 0;
        return hasData(other) || (isBegun(fork) ? isBegun(other) && older : isBegun(other) || (waits(other) && older));
    }

    /** It has a place, now and when it is reset: it was cut, and has not expired. */
    static boolean hasData(PostgresFork fork) {
        var status = status(fork);
        var next = status.next();
        return (status.expiredAt() == null && isCut(status.source())) || (next != null && isCut(next.source()));
    }

    private static boolean isCut(@Nullable SourceStatus source) {
        return source != null && source.cutTime() != null;
    }

    private static boolean isBegun(PostgresFork fork) {
        return status(fork).isCutting();
    }

    /**
     * Not one that is refused, or needs somebody, for a reason of its own. One in another namespace that nobody has
     * looked at yet may be one that its source does not even consent to.
     */
    private static boolean waits(PostgresFork fork) {
        var status = status(fork);
        if (status.phase() == null) {
            return !ForkResources.crosses(fork);
        }
        var refused =
                (status.phase() == ForkPhase.Refused || Conditions.isTrue(status.conditions(), Conditions.STALLED))
                        && Conditions.summary(status.conditions())
                                .filter(why -> REASON.equals(why.getReason()))
                                .isEmpty();
        return status.expiredAt() == null && !refused;
    }

    private static PostgresForkStatus status(PostgresFork fork) {
        return Objects.requireNonNullElse(fork.getStatus(), PostgresForkStatus.EMPTY);
    }
}
