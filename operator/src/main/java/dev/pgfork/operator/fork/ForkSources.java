package dev.pgfork.operator.fork;

import dev.pgfork.api.v1alpha1.ForkSource;
import java.util.Optional;

/** Finds the resource that a fork is made of, whatever kind it is. */
@FunctionalInterface
public interface ForkSources {
    /**
     * In another namespace, one whose forks may not be made here is as if it were not there.
     *
     * @param namespace of the fork
     */
    Optional<SourceInstance> find(String namespace, ForkSource from);
}
