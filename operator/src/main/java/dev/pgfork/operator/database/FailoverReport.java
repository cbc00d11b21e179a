package dev.pgfork.operator.database;

import dev.pgfork.api.v1alpha1.ChangeoverStatus;
import dev.pgfork.api.v1alpha1.FailoverStatus;
import dev.pgfork.api.v1alpha1.LastFailover;
import dev.pgfork.operator.postgres.Lsn;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Objects;

/** Says, after a failover, who replaced whom and what may be lost. */
final class FailoverReport {
    private FailoverReport() {}

    /** @param changeover a failover that has promoted somebody */
    static LastFailover of(ChangeoverStatus changeover, FailoverStatus failover, Instant now) {
        var lastSeen = failover.lastSeen();
        return new LastFailover(
                changeover.from(),
                changeover.to(),
                failover.automatic(),
                now.truncatedTo(ChronoUnit.SECONDS).toString(),
                failover.fencedBy(),
                lastSeen == null ? null : lastSeen.lsn(),
                lastSeen == null ? null : lastSeen.at(),
                failover.promotedFrom(),
                "%s took the place of %s. %s. The volume of %s is kept"
                        .formatted(changeover.to(), changeover.from(), loss(changeover, failover), changeover.from()));
    }

    private static String loss(ChangeoverStatus changeover, FailoverStatus failover) {
        if (failover.complete()) {
            return "Every acknowledged commit is there: commits had waited for followers";
        }
        var lastSeen = failover.lastSeen();
        if (lastSeen == null) {
            return "How far %s had been is not known, so commits may be lost".formatted(changeover.from());
        }
        var has = Lsn.parse(Objects.requireNonNull(failover.promotedFrom(), "noted with the promotion"));
        var missing = Lsn.parse(lastSeen.lsn()).minus(has);
        var seen = missing > 0
                ? "%d bytes of WAL that were seen there are missing".formatted(missing)
                : "all of that is there";
        var was = lastSeen.promotion() == null ? "was last seen" : "was never seen since its promotion";
        return "%s %s at %s, on %s; %s has its WAL up to %s, so %s. Commits made later may be lost"
                .formatted(changeover.from(), was, lastSeen.lsn(), lastSeen.at(), changeover.to(), has, seen);
    }
}
