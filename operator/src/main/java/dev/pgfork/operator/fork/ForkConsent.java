package dev.pgfork.operator.fork;

import dev.pgfork.api.v1alpha1.ForkNamespaces;
import dev.pgfork.api.v1alpha1.ForkRules;
import dev.pgfork.api.v1alpha1.InheritedForkRules;
import dev.pgfork.api.v1alpha1.InheritedForkRules.NamespaceRule;
import dev.pgfork.operator.kube.LabelSelectors;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Where forks of a resource may be made, and how many. Along a line of forks each one may only demand more: what was
 * demanded of a fork when it was cut is noted in its status, and is demanded of its own forks, too.
 *
 * @param rules all of them allow a namespace, or it is not allowed
 * @param maxForks empty: any number
 */
public record ForkConsent(List<NamespaceRule> rules, Optional<Integer> maxForks) {

    public ForkConsent {
        rules = List.copyOf(rules);
    }

    /** Of data that come from nowhere else. */
    public static ForkConsent ofOrigin(String namespace, @Nullable ForkRules own) {
        var rule = rule(namespace, own).orElseGet(() -> same(namespace));
        return new ForkConsent(List.of(rule), maxForks(own));
    }

    /**
     * Of a copy.
     *
     * @param inherited noted when it was cut; {@code null}: nothing is known of it, so that nothing more is allowed
     *     than the copy's own namespace
     */
    public static ForkConsent ofCopy(
            String namespace, @Nullable ForkRules own, @Nullable InheritedForkRules inherited) {
        var noted = Optional.ofNullable(inherited)
                .map(InheritedForkRules::namespaces)
                .filter(known -> !known.isEmpty())
                .orElseGet(() -> List.of(same(namespace)));
        return new ForkConsent(noted, Optional.ofNullable(inherited).map(InheritedForkRules::maxForks))
                .and(namespace, own);
    }

    /** With what another resource demands besides. */
    public ForkConsent and(String namespace, @Nullable ForkRules own) {
        return new ForkConsent(
                Stream.concat(rules.stream(), rule(namespace, own).stream())
                        .distinct()
                        .toList(),
                Stream.concat(maxForks.stream(), maxForks(own).stream()).min(Integer::compare));
    }

    /**
     * Whether forks may be made in a namespace that is not the source's own.
     *
     * @param labels of that namespace
     */
    public boolean allows(String namespace, Map<String, String> labels) {
        return !rules.isEmpty() && rules.stream().allMatch(rule -> allows(rule, namespace, labels));
    }

    private static boolean allows(NamespaceRule rule, String namespace, Map<String, String> labels) {
        return switch (Objects.requireNonNullElse(rule.from(), ForkNamespaces.From.Same)) {
            case All -> true;
            case Same -> namespace.equals(rule.namespace());
            case Selector ->
                namespace.equals(rule.namespace())
                        || (rule.selector() != null && LabelSelectors.matches(rule.selector(), labels));
        };
    }

    /** For the status of a fork that is cut now. */
    InheritedForkRules noted() {
        return new InheritedForkRules(rules, maxForks.orElse(null));
    }

    private static Optional<NamespaceRule> rule(String namespace, @Nullable ForkRules own) {
        return Optional.ofNullable(own)
                .map(ForkRules::namespaces)
                .map(where -> new NamespaceRule(namespace, where.from(), where.selector()));
    }

    private static Optional<Integer> maxForks(@Nullable ForkRules own) {
        return Optional.ofNullable(own).map(ForkRules::maxForks);
    }

    private static NamespaceRule same(String namespace) {
        return new NamespaceRule(namespace, ForkNamespaces.From.Same, null);
    }
}
