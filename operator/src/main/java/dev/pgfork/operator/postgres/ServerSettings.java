package dev.pgfork.operator.postgres;

import java.util.Map;
import java.util.Set;

/**
 * What a server says of the settings that it runs with.
 *
 * @param start which start of the server this is, as the instance script calls it, and of which revision; empty: it
 *     does not say
 * @param pending names of settings for which its configuration has other values, that only a restart puts in force
 * @param limits as {@link RecoveryLimits}
 * @param streaming whether it receives WAL from its primary
 * @param paused whether its replay stands still
 */
public record ServerSettings(
        String start, Set<String> pending, Map<String, Integer> limits, boolean streaming, boolean paused) {

    /** Of a server of which only the rest is known. */
    public static final ServerSettings UNKNOWN = new ServerSettings("", Set.of(), Map.of(), false, false);

    public ServerSettings {
        pending = Set.copyOf(pending);
        limits = Map.copyOf(limits);
    }

    /** Of the configuration that it was started with; what a reload has put in force since may be of another one. */
    public String startedWith() {
        return start.substring(start.indexOf('/') + 1);
    }
}
