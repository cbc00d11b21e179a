package dev.pgfork.cli.output;

import dev.pgfork.cli.resource.Kind;
import dev.pgfork.cli.resource.Progress;
import java.io.PrintStream;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** How far something is: on a terminal one line that is drawn again and again, otherwise a line for each change. */
public final class ProgressLine {
    private static final String TO_THE_BEGINNING = "\r\u001b[K";
    private static final int MESSAGE_WIDTH = 60;

    private final PrintStream stream;
    private final boolean redraws;
    private final List<String> phases;
    private Progress.@Nullable Going shown;

    public ProgressLine(PrintStream stream, boolean redraws, Kind kind) {
        this.stream = stream;
        this.redraws = redraws;
        this.phases = switch (kind) {
            case DATABASE -> List.of("Pending", "Starting", "Ready");
            case FOLLOWER -> List.of("Pending", "Cutting", "Starting", "CatchingUp", "Ready");
            case FORK -> List.of("Pending", "Cutting", "Starting", "Quarantine", "Ready");
        };
    }

    public void show(Progress.Going going, Duration passed) {
        if (redraws) {
            stream.print(TO_THE_BEGINNING + text(going, passed));
            stream.flush();
        } else if (!going.equals(shown)) {
            stream.println(text(going, passed));
        }
        shown = going;
    }

    public void end(String text, Duration passed) {
        stream.println((redraws ? TO_THE_BEGINNING : "") + "%s (%s)".formatted(text, seconds(passed)));
    }

    private String text(Progress.Going going, Duration passed) {
        var why = going.message().isEmpty() ? going.reason() : going.message();
        return "%s %-11s %8s  %s"
                .formatted(bar(going.phase()), going.phase(), seconds(passed), shortened(why))
                .stripTrailing();
    }

    /** Phases that are not on the straight way (Unavailable, Rebuilding) have an empty bar. */
    private String bar(String phase) {
        var reached = phases.indexOf(phase) + 1;
        return "[" + "#".repeat(reached) + "-".repeat(phases.size() - reached) + "]";
    }

    private String shortened(String text) {
        return redraws && text.length() > MESSAGE_WIDTH ? text.substring(0, MESSAGE_WIDTH - 1) + "…" : text;
    }

    private static String seconds(Duration passed) {
        return Quantities.seconds(passed.toMillis() / 1000.0);
    }
}
