package dev.pgfork.operator.kube;

import java.util.SortedSet;
import java.util.TreeSet;

/**
 * Where the operator works.
 *
 * @param names empty: in every namespace
 */
public record Namespaces(SortedSet<String> names) {

    public static final Namespaces ALL = new Namespaces(new TreeSet<>());

    public boolean all() {
        return names.isEmpty();
    }
}
