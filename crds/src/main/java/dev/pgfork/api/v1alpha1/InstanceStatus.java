package dev.pgfork.api.v1alpha1;

import org.jspecify.annotations.Nullable;

/**
 * What is known of the instance.
 *
 * @param role {@code primary}, {@code standby} or {@code fenced}
 * @param epoch rises with every change of the primary
 * @param generation the N of the volume and StatefulSet {@code <name>-g<N>}
 */
public record InstanceStatus(
        @Nullable String image,
        @Nullable String serverVersion,
        @Nullable String systemIdentifier,
        @Nullable Integer timeline,
        @Nullable String role,
        @Nullable Long epoch,
        @Nullable Integer generation) {}
