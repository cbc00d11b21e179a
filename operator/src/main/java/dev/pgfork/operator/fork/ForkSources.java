package dev.pgfork.operator.fork;

import dev.pgfork.api.v1alpha1.ForkSource;
import java.util.Optional;

/** Finds the resource that a fork is made of, whatever kind it is. */
@FunctionalInterface
public interface ForkSources {
    Optional<SourceInstance> find(String namespace, ForkSource from);
}
