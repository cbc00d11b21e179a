package dev.pgfork.operator.fork;

import dev.pgfork.api.v1alpha1.EffectiveSettings;
import dev.pgfork.api.v1alpha1.ForkRules;
import dev.pgfork.api.v1alpha1.InheritedForkRules;
import dev.pgfork.api.v1alpha1.InheritedForkRules.DemandedStep;
import dev.pgfork.api.v1alpha1.PostgresFork;
import dev.pgfork.api.v1alpha1.SanitizeStep;
import dev.pgfork.api.v1alpha1.SanitizeStepStatus;
import dev.pgfork.api.v1alpha1.SanitizeStepStatus.Origin;
import dev.pgfork.api.v1alpha1.SanitizeStepStatus.State;
import dev.pgfork.api.v1alpha1.SanitizedBy;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * What a source demands of its forks.
 *
 * @param steps that every fork must pass, in this order
 * @param passed what the source's own data have passed already: it is not repeated, but goes on record
 */
public record SanitizeRules(List<Demand> steps, List<SanitizedBy> passed) {
    /** A source that demands nothing. */
    public static final SanitizeRules NONE = new SanitizeRules(List.of(), List.of());

    private static final String DEFAULT_TIMEOUT = "10m";

    /**
     * One step.
     *
     * @param namespace of its ConfigMap or Secret: that of the resource whose rule it is
     */
    public record Demand(String namespace, SanitizeStep step) {}

    public SanitizeRules {
        steps = List.copyOf(steps);
        passed = List.copyOf(passed);
    }

    /**
     * Of one resource whose data have passed nothing.
     *
     * @param own {@code null}: it demands nothing
     */
    public static SanitizeRules of(String namespace, @Nullable ForkRules own) {
        return new SanitizeRules(
                Optional.ofNullable(own)
                        .map(ForkRules::sanitize)
                        .map(steps -> steps.stream()
                                .map(step -> new Demand(namespace, step))
                                .toList())
                        .orElseGet(List::of),
                List.of());
    }

    /** Of a copy that has passed none of them, as it was noted. */
    public static SanitizeRules noted(@Nullable InheritedForkRules noted) {
        return noted == null
                ? NONE
                : new SanitizeRules(
                        Objects.requireNonNullElse(noted.sanitize(), List.<DemandedStep>of()).stream()
                                .map(each -> new Demand(
                                        Objects.requireNonNull(each.namespace(), "noted with the step"),
                                        Objects.requireNonNull(each.step(), "noted with its namespace")))
                                .toList(),
                        Objects.requireNonNullElse(noted.sanitizedBy(), List.of()));
    }

    /** For the status of a copy that passes none of them. */
    public InheritedForkRules notedWith(ForkConsent consent) {
        return new InheritedForkRules(
                consent.rules(),
                consent.maxForks().orElse(null),
                orNull(steps.stream()
                        .map(demand -> new DemandedStep(demand.namespace(), demand.step()))
                        .toList()),
                orNull(passed));
    }

    private static <T> @Nullable List<T> orNull(List<T> list) {
        return list.isEmpty() ? null : list;
    }

    /** With what another resource demands besides, after these. */
    public SanitizeRules and(SanitizeRules own) {
        return new SanitizeRules(
                Stream.concat(steps.stream(), own.steps.stream()).toList(), passed);
    }

    /** Of a fork whose data have passed these: what it has not passed is left. */
    public SanitizeRules after(List<SanitizedBy> since) {
        return new SanitizeRules(
                steps.stream()
                        .filter(demand ->
                                since.stream().noneMatch(by -> by.isOfSource(demand.namespace(), demand.step())))
                        .toList(),
                since);
    }

    /** All that applies to a fork that is cut now: the source's steps first. */
    List<SanitizeStepStatus> stepsOf(PostgresFork fork, EffectiveSettings effective) {
        var all = new ArrayList<SanitizeStepStatus>();
        steps.forEach(demand -> all.add(pending(demand.step(), Origin.Source, demand.namespace(), effective)));
        Objects.requireNonNullElse(fork.getSpec().sanitize(), List.<SanitizeStep>of())
                .forEach(step ->
                        all.add(pending(step, Origin.Own, fork.getMetadata().getNamespace(), effective)));
        return List.copyOf(all);
    }

    private static SanitizeStepStatus pending(
            SanitizeStep step, Origin origin, String namespace, EffectiveSettings effective) {
        var complete = new SanitizeStep(
                step.name(),
                step.database() == null ? effective.database() : step.database(),
                step.configMap(),
                step.secret(),
                Objects.requireNonNullElse(step.as(), SanitizeStep.As.Owner),
                step.runsAsOneTransaction(),
                Objects.requireNonNullElse(step.timeout(), DEFAULT_TIMEOUT));
        return new SanitizeStepStatus(complete, origin, namespace, State.Pending, null, null, null);
    }
}
