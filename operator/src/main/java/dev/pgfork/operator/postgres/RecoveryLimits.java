package dev.pgfork.operator.postgres;

import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * The five settings of which a standby may not have less than its primary: its replay pauses otherwise, and it does not
 * start again (CheckRequiredParameterValues in backend/access/transam/xlogrecovery.c).
 */
public final class RecoveryLimits {
    /** With Postgres' defaults. */
    private static final Map<String, Integer> DEFAULTS = Map.of(
            "max_connections", 100,
            "max_locks_per_transaction", 64,
            "max_prepared_transactions", 0,
            "max_wal_senders", 10,
            "max_worker_processes", 8);

    private RecoveryLimits() {}

    public static Set<String> names() {
        return new TreeSet<>(DEFAULTS.keySet());
    }

    /** What a server has with these settings; those that cannot be read count as the defaults. */
    public static Map<String, Integer> of(Map<String, String> parameters) {
        var limits = new TreeMap<>(DEFAULTS);
        parameters.forEach((written, value) -> {
            var name = written.toLowerCase(Locale.ROOT);
            if (DEFAULTS.containsKey(name)) {
                Quantity.parse(value, "").ifPresent(number -> limits.put(name, (int) Math.rint(number)));
            }
        });
        return limits;
    }

    /** Names of those of which there are more in {@code these} than in {@code those}; what is not known is no more. */
    public static List<String> above(Map<String, Integer> these, Map<String, Integer> those) {
        return names().stream()
                .filter(name -> these.containsKey(name) && those.containsKey(name))
                .filter(name -> Objects.requireNonNull(these.get(name)) > Objects.requireNonNull(those.get(name)))
                .toList();
    }

    /** The first settings, but with no less of the five than the second ones. */
    public static Map<String, String> atLeast(Map<String, String> parameters, Map<String, String> least) {
        var raised = new TreeMap<>(parameters);
        var low = above(of(least), of(parameters));
        raised.keySet().removeIf(written -> low.contains(written.toLowerCase(Locale.ROOT)));
        low.forEach(name -> raised.put(name, String.valueOf(of(least).get(name))));
        return raised;
    }
}
