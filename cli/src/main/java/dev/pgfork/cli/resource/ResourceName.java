package dev.pgfork.cli.resource;

import java.util.Optional;

/**
 * How a person names a resource: {@code shop}, or {@code pgf/pr-42} as kubectl has it.
 *
 * @param kind empty: not said. One name is one resource over all kinds
 */
public record ResourceName(Optional<Kind> kind, String name) {

    /** @throws IllegalArgumentException if there is no such kind */
    public static ResourceName parse(String text) {
        var slash = text.indexOf('/');
        if (slash < 0) {
            return new ResourceName(Optional.empty(), text);
        }
        var kind = text.substring(0, slash);
        return new ResourceName(
                Optional.of(Kind.named(kind)
                        .orElseThrow(() -> new IllegalArgumentException(
                                "'%s' is none of pgfork's kinds: pgdb, pgfo, pgf".formatted(kind)))),
                text.substring(slash + 1));
    }

    boolean means(PgResource resource) {
        return resource.name().equals(name)
                && kind.filter(wanted -> wanted != resource.kind()).isEmpty();
    }

    /** That there is none of this name. */
    public String absence(String namespace) {
        return "there is no %s %s in namespace %s"
                .formatted(kind.map(Kind::word).orElse("database, follower or fork"), name, namespace);
    }
}
