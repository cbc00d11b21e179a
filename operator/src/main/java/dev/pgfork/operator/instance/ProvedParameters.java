package dev.pgfork.operator.instance;

import dev.pgfork.api.v1alpha1.ConfigurationStatus;
import dev.pgfork.api.v1alpha1.ConfigurationStatus.Rejected;
import java.time.Instant;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Which of the settings that a user wants may be used already: a pod that Kubernetes restarts must not get any that no
 * server was seen to run with.
 */
public final class ProvedParameters {
    private ProvedParameters() {}

    /** Those that were seen to work; where nothing was yet there is nothing to lose, and those that are wanted. */
    public static Map<String, String> usable(Map<String, String> wanted, @Nullable ConfigurationStatus noted) {
        return noted == null ? wanted : Objects.requireNonNullElse(noted.parameters(), Map.of());
    }

    /** Those that followers are to have: before their leader, where it needs that. */
    public static Map<String, String> inheritable(Map<String, String> wanted, @Nullable ConfigurationStatus noted) {
        return rejection(wanted, noted).isPresent() ? usable(wanted, noted) : wanted;
    }

    /** Why they are not tried any more; empty: nothing is known against them. */
    public static Optional<Rejected> rejection(Map<String, String> wanted, @Nullable ConfigurationStatus noted) {
        return Optional.ofNullable(noted)
                .map(ConfigurationStatus::rejected)
                .filter(rejected -> wanted.equals(Objects.requireNonNullElse(rejected.parameters(), Map.of())));
    }

    public static ConfigurationStatus prove(
            Map<String, String> inForce, @Nullable ConfigurationStatus noted, Instant now) {
        var since = noted != null && noted.since() != null && inForce.equals(usable(inForce, noted))
                ? noted.since()
                : now.toString();
        return new ConfigurationStatus(since, inForce, null);
    }

    /** What was seen to work before stays as it is. */
    public static ConfigurationStatus reject(Map<String, String> wanted, String message, ConfigurationStatus noted) {
        return new ConfigurationStatus(noted.since(), noted.parameters(), new Rejected(wanted, message));
    }
}
