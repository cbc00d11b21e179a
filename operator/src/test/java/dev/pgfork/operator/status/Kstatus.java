package dev.pgfork.operator.status;

import io.fabric8.kubernetes.api.model.Condition;
import io.fabric8.kubernetes.api.model.ObjectMeta;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * What tools that wait for resources make of a status: the rules of kstatus (sigs.k8s.io/cli-utils) for resources that
 * it does not know by kind. Argo CD, Flux and {@code kubectl apply --wait} of cli-utils go by them.
 */
public enum Kstatus {
    /** It is as wanted; whoever waits goes on. */
    Current,
    InProgress,
    /** Whoever waits gives up. */
    Failed,
    Terminating;

    /**
     * The first rule that fits.
     *
     * @param observedGeneration {@code null}: the status says none, and is believed
     */
    public static Kstatus of(
            ObjectMeta metadata, @Nullable Long observedGeneration, @Nullable List<Condition> conditions) {
        if (metadata.getDeletionTimestamp() != null) {
            return Terminating;
        }
        if (observedGeneration != null && !Objects.equals(observedGeneration, metadata.getGeneration())) {
            return InProgress;
        }
        if (Conditions.isTrue(conditions, "Reconciling")) {
            return InProgress;
        }
        if (Conditions.isTrue(conditions, "Stalled")) {
            return Failed;
        }
        return Conditions.find(conditions, "Ready")
                .map(ready -> "True".equals(ready.getStatus()) ? Current : InProgress)
                .orElse(Current);
    }
}
