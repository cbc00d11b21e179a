package dev.pgfork.api.v1alpha1;

import io.fabric8.generator.annotation.Size;
import io.fabric8.kubernetes.api.model.LabelSelector;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What was demanded of forks where a fork comes from, when it was cut: it holds for forks of it, too.
 *
 * @param namespaces all of these allow a namespace, or it is not allowed
 * @param maxForks {@code null}: any number
 * @param sanitize of a follower: the steps that its data have not passed; a fork passes them, and notes them elsewhere
 * @param sanitizedBy of a follower: the steps that its data have passed
 */
public record InheritedForkRules(
        @Nullable List<NamespaceRule> namespaces,
        @Nullable Integer maxForks,
        @Nullable @Size(max = MOST) List<DemandedStep> sanitize,
        @Nullable @Size(max = MOST) List<SanitizedBy> sanitizedBy) {

    private static final int MOST = 100;

    public InheritedForkRules(@Nullable List<NamespaceRule> namespaces, @Nullable Integer maxForks) {
        this(namespaces, maxForks, null, null);
    }

    /**
     * A step.
     *
     * @param namespace of its ConfigMap or Secret: that of the resource whose rule it is
     */
    public record DemandedStep(
            @Nullable String namespace, @Nullable SanitizeStep step) {}

    /**
     * One resource's rule.
     *
     * @param namespace of that resource, which is meant by {@code Same}
     */
    public record NamespaceRule(
            @Nullable String namespace,
            ForkNamespaces.@Nullable From from,
            @Nullable LabelSelector selector) {}
}
