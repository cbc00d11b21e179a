package dev.pgfork.operator.postgres;

import java.util.Map;
import java.util.OptionalLong;

/**
 * What the configuration of an instance is made from.
 *
 * @param name of the instance
 * @param uid of the custom resource
 * @param parameters the user's, already checked by {@link Parameters}
 * @param memoryLimit of the container, in bytes; empty if it has none
 * @param volumeSize in bytes
 * @param copied its data came from another instance: it must never write into that one's archive
 * @param synchronous synchronous_standby_names; empty: commits wait for nobody
 * @param superuserAccess whether {@code postgres} may log in over the network
 */
public record ConfigurationSource(
        String name,
        String uid,
        int generation,
        Map<String, String> parameters,
        OptionalLong memoryLimit,
        long volumeSize,
        boolean copied,
        String synchronous,
        boolean superuserAccess) {}
