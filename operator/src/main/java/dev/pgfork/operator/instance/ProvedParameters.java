package dev.pgfork.operator.instance;

import dev.pgfork.api.v1alpha1.ConfigurationStatus;
import dev.pgfork.api.v1alpha1.ConfigurationStatus.Rejected;
import dev.pgfork.operator.postgres.RecoveryLimits;
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
        return noted != null && areAny(noted) ? Objects.requireNonNullElse(noted.parameters(), Map.of()) : wanted;
    }

    /** Whether any settings were seen to work. */
    public static boolean areAny(@Nullable ConfigurationStatus noted) {
        return noted != null && noted.since() != null;
    }

    /** Whether these are what was seen to work: then nothing that fails now is their fault. */
    public static boolean areInForce(Map<String, String> parameters, @Nullable ConfigurationStatus noted) {
        return areAny(noted) && parameters.equals(usable(parameters, noted));
    }

    /**
     * Those that followers are to have. Only where a leader needs them to go before it they do; all others come from
     * what works there, for one that does not would take all members at once.
     */
    public static Map<String, String> inheritable(Map<String, String> wanted, @Nullable ConfigurationStatus noted) {
        var usable = usable(wanted, noted);
        return rejection(wanted, noted).isPresent() ? usable : RecoveryLimits.atLeast(usable, wanted);
    }

    /** Why they are not tried any more; empty: nothing is known against them. */
    public static Optional<Rejected> rejection(Map<String, String> wanted, @Nullable ConfigurationStatus noted) {
        return Optional.ofNullable(noted)
                .map(ConfigurationStatus::rejected)
                .filter(rejected -> wanted.equals(Objects.requireNonNullElse(rejected.parameters(), Map.of())));
    }

    public static ConfigurationStatus prove(
            Map<String, String> inForce, @Nullable ConfigurationStatus noted, Instant now) {
        var since = noted != null && areAny(noted) && inForce.equals(usable(inForce, noted))
                ? noted.since()
                : now.toString();
        return new ConfigurationStatus(since, inForce, null);
    }

    /** What was seen to work before stays as it is. */
    public static ConfigurationStatus reject(
            Map<String, String> wanted, String message, @Nullable ConfigurationStatus noted) {
        var rejected = new Rejected(wanted, message);
        return noted == null
                ? new ConfigurationStatus(null, null, rejected)
                : new ConfigurationStatus(noted.since(), noted.parameters(), rejected);
    }
}
