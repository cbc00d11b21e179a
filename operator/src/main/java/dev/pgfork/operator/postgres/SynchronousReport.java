package dev.pgfork.operator.postgres;

import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * For whom the commits of a primary wait, as it says itself.
 *
 * @param uid of the custom resource whose configuration the server runs with
 * @param names {@code synchronous_standby_names}; {@code null}: the configuration was read again just now, and not all
 *     of its processes need to have seen it, of which any may let a commit go
 * @param confirmed {@code application_name}s of those that stream and have all on their disks that had been written
 *     when {@code names} were read: with it everything that was acknowledged by then
 */
public record SynchronousReport(String uid, @Nullable String names, Set<String> confirmed) {

    public SynchronousReport {
        confirmed = Set.copyOf(confirmed);
    }
}
