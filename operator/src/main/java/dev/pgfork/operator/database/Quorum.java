package dev.pgfork.operator.database;

import java.util.Collection;
import java.util.Set;

/**
 * Of whom a commit was acknowledged before clients heard of it.
 *
 * @param required how many members, at least 1
 * @param members names of instances
 */
record Quorum(int required, Set<String> members) {

    Quorum {
        members = Set.copyOf(members);
    }

    /** Whether at least one of these has every acknowledged commit, whichever members acknowledged it. */
    boolean isCoveredBy(Collection<String> seen) {
        var missing = members.stream().filter(member -> !seen.contains(member)).count();
        return missing < required;
    }
}
