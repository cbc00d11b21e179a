package dev.pgfork.api.v1alpha1;

import java.util.List;

/**
 * For whom the primary's commits are to wait.
 *
 * @param required how many of the members; 0: for nobody
 * @param members names of instances
 * @param inForce the primary is known to run with this
 */
public record SynchronousStatus(int required, List<String> members, boolean inForce) {

    /** Commits wait for nobody. */
    public static final SynchronousStatus NOBODY = new SynchronousStatus(0, List.of(), true);

    public SynchronousStatus {
        members = List.copyOf(members);
    }
}
