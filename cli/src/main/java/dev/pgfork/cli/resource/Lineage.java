package dev.pgfork.cli.resource;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Predicate;

/**
 * Who was made of whom.
 *
 * @param roots databases that began empty, and what has outlived that which it was made of
 */
public record Lineage(List<Node> roots) {

    private static final Comparator<PgResource> ORDER = Comparator.comparing(PgResource::namespace)
            .thenComparing(PgResource::kind)
            .thenComparing(PgResource::name);

    /**
     * One resource, and what was made of it.
     *
     * @param gone where its data come from, if that is not there any more
     * @param elsewhere where its data come from, if that is in a namespace that was not looked at
     */
    public record Node(PgResource resource, Optional<Origin> gone, Optional<Origin> elsewhere, List<Node> children) {

        boolean contains(Predicate<PgResource> wanted) {
            return wanted.test(resource) || children.stream().anyMatch(child -> child.contains(wanted));
        }
    }

    /** @param lookedAt the namespaces that all resources of are there */
    public static Lineage of(List<PgResource> resources, Predicate<String> lookedAt) {
        var children = new LinkedHashMap<PgResource, List<PgResource>>();
        var roots = new ArrayList<PgResource>();
        for (var resource : resources.stream().sorted(ORDER).toList()) {
            var parent = resource.origin()
                    .flatMap(origin -> resources.stream()
                            .filter(candidate -> origin.is(candidate))
                            .findFirst());
            parent.map(present -> children.computeIfAbsent(present, any -> new ArrayList<>()))
                    .orElse(roots)
                    .add(resource);
        }
        return new Lineage(roots.stream()
                .map(root -> new Node(
                        root,
                        root.origin().filter(origin -> lookedAt.test(origin.namespace())),
                        root.origin().filter(origin -> !lookedAt.test(origin.namespace())),
                        nodes(root, children)))
                .toList());
    }

    /**
     * Only the family of one: its origin's origin, and all that comes from there.
     *
     * @throws Failure if it is not there
     */
    public Lineage familyOf(String namespace, ResourceName name) {
        var family = roots.stream()
                .filter(root ->
                        root.contains(resource -> resource.namespace().equals(namespace) && name.means(resource)))
                .toList();
        if (family.isEmpty()) {
            throw new Failure(name.absence(namespace));
        }
        return new Lineage(family);
    }

    private static List<Node> nodes(PgResource parent, Map<PgResource, List<PgResource>> children) {
        return children.getOrDefault(parent, List.of()).stream()
                .map(child -> new Node(child, Optional.empty(), Optional.empty(), nodes(child, children)))
                .toList();
    }
}
