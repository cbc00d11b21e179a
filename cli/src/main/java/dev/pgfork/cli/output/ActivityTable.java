package dev.pgfork.cli.output;

import dev.pgfork.cli.resource.Activity;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Connections to a server, a row each. */
public final class ActivityTable {
    private static final int QUERY_WIDTH = 60;

    private ActivityTable() {}

    /** @param wide whether queries are told whole */
    public static String of(List<Activity> activities, boolean wide) {
        var table = new Table(
                "PID", "USER", "DATABASE", "APPLICATION", "CLIENT", "STATE", "FOR", "WAITS-FOR", "BLOCKED-BY", "QUERY");
        activities.forEach(activity -> table.row(List.of(
                Integer.toString(activity.pid()),
                text(activity.user()),
                text(activity.database()),
                text(activity.application()),
                text(activity.client()),
                text(activity.state()),
                time(activity.seconds()),
                text(activity.waitsFor()),
                text(activity.blockedBy().stream().map(Object::toString).collect(Collectors.joining(","))),
                query(activity.query(), wide))));
        return table.text();
    }

    private static String text(@Nullable String value) {
        return value == null || value.isEmpty() ? "-" : value;
    }

    private static String time(double seconds) {
        return seconds < 60 ? Quantities.seconds(seconds) : Quantities.age(Duration.ofSeconds((long) seconds));
    }

    /** On one line; control characters of a stranger's query do nothing to the terminal. */
    private static String query(String query, boolean wide) {
        var line = Objects.requireNonNull(query)
                .replaceAll("\\s+", " ")
                .replaceAll("\\p{Cntrl}", "?")
                .strip();
        return wide || line.length() <= QUERY_WIDTH ? line : line.substring(0, QUERY_WIDTH - 1) + "…";
    }
}
