package dev.pgfork.cli.output;

import dev.pgfork.api.v1alpha1.PostgresFollowerStatus.Lag;
import dev.pgfork.cli.resource.Kind;
import dev.pgfork.cli.resource.Summary;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** The tree of who was made of whom, a row each. */
public final class LineageTable {
    private static final String NOTHING = "-";

    private final Instant now;
    private final boolean namespaces;
    private final Table table;

    private LineageTable(Instant now, boolean namespaces) {
        this.now = now;
        this.namespaces = namespaces;
        this.table = new Table(withNamespace(
                        "NAMESPACE", "NAME", "KIND", "ROLE", "PHASE", "LAG", "DATA-AGE", "EXPIRES-IN", "AGE", "REASON")
                .toArray(String[]::new));
    }

    /** @param namespaces whether to tell them, because the roots are of several */
    public static String of(List<Summary> roots, Instant now, boolean namespaces) {
        var tree = new LineageTable(now, namespaces);
        roots.forEach(root -> tree.add(root, "", ""));
        return tree.table.text();
    }

    /**
     * @param prefix before its own name
     * @param below before the names of its children
     */
    private void add(Summary summary, String prefix, String below) {
        var children = summary.children();
        table.row(withNamespace(
                summary.namespace(),
                prefix + summary.name(),
                kind(summary),
                Objects.requireNonNullElse(summary.role(), NOTHING),
                summary.phase(),
                lag(summary.lag()),
                summary.dataInstant().map(this::since).orElse(NOTHING),
                summary.end().map(this::until).orElse(NOTHING),
                since(summary.created()),
                Objects.requireNonNullElse(summary.reason(), "")));
        for (var i = 0; i < children.size(); i++) {
            var last = i == children.size() - 1;
            add(children.get(i), below + (last ? "└─ " : "├─ "), below + (last ? "   " : "│  "));
        }
    }

    private List<String> withNamespace(String namespace, String... cells) {
        return namespaces
                ? Stream.concat(Stream.of(namespace), Stream.of(cells)).toList()
                : List.of(cells);
    }

    private static String kind(Summary summary) {
        var word = summary.unfollowed() ? "unfollowed" : Kind.of(summary.kind()).word();
        if (summary.originGone() != null) {
            return "%s of %s (gone)".formatted(word, summary.originGone());
        }
        return summary.originElsewhere() == null ? word : "%s of %s".formatted(word, summary.originElsewhere());
    }

    private String since(Instant then) {
        return Quantities.age(Duration.between(then, now));
    }

    private String until(Instant then) {
        return Quantities.age(Duration.between(now, then));
    }

    /** As Heroku told it: how much is to be replayed, and what that is in commits and seconds. */
    private static String lag(@Nullable Lag lag) {
        if (lag == null || lag.bytes() == null) {
            return NOTHING;
        }
        var parts = new ArrayList<String>();
        parts.add(Quantities.bytes(lag.bytes()));
        if (lag.commits() != null && lag.commits() > 0) {
            var about = Boolean.TRUE.equals(lag.commitsExact()) ? "" : "~";
            parts.add("%s%d commit%s".formatted(about, lag.commits(), lag.commits() == 1 ? "" : "s"));
        }
        if (lag.seconds() != null && lag.seconds() > 0) {
            parts.add(Quantities.seconds(lag.seconds()));
        }
        return String.join(", ", parts);
    }
}
