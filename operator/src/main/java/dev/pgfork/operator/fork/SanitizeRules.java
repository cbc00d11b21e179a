package dev.pgfork.operator.fork;

import dev.pgfork.api.v1alpha1.EffectiveSettings;
import dev.pgfork.api.v1alpha1.PostgresFork;
import dev.pgfork.api.v1alpha1.SanitizeStep;
import dev.pgfork.api.v1alpha1.SanitizeStepStatus;
import dev.pgfork.api.v1alpha1.SanitizeStepStatus.Origin;
import dev.pgfork.api.v1alpha1.SanitizeStepStatus.State;
import dev.pgfork.api.v1alpha1.SanitizedBy;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

/**
 * What a source demands of its forks.
 *
 * @param namespace of the steps' ConfigMaps and Secrets
 * @param steps that every fork must pass, in this order
 * @param passed what the source's own data have passed already: it is not repeated, but goes on record
 */
public record SanitizeRules(String namespace, List<SanitizeStep> steps, List<SanitizedBy> passed) {
    private static final String DEFAULT_TIMEOUT = "10m";

    public SanitizeRules {
        steps = List.copyOf(steps);
        passed = List.copyOf(passed);
    }

    /** A source that demands nothing. */
    public static SanitizeRules none(String namespace) {
        return new SanitizeRules(namespace, List.of(), List.of());
    }

    /** All that applies to a fork that is cut now: the source's steps first. */
    List<SanitizeStepStatus> stepsOf(PostgresFork fork, EffectiveSettings effective) {
        var all = new ArrayList<SanitizeStepStatus>();
        steps.forEach(step -> all.add(pending(step, Origin.Source, namespace, effective)));
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
