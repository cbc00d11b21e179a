package dev.pgfork.operator.database;

import dev.pgfork.api.v1alpha1.ForkSource;
import dev.pgfork.api.v1alpha1.PostgresDatabase;
import dev.pgfork.api.v1alpha1.PostgresFork;
import dev.pgfork.api.v1alpha1.PostgresForkSpec;
import dev.pgfork.operator.kube.Labels;
import dev.pgfork.operator.kube.MaskedCopyIdentity;
import dev.pgfork.operator.kube.Owner;
import io.fabric8.kubernetes.api.model.ObjectMetaBuilder;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** Builds the masked copy of a database: a fork that is stopped as soon as it has passed all steps. */
final class MaskedCopyResources {
    private MaskedCopyResources() {}

    /**
     * That it is to be made again.
     *
     * @param at RFC 3339
     * @param failures how often in a row it could not be
     * @param generation of the database's spec that it is for
     */
    record Refresh(String at, int failures, long generation) {}

    /** @param refresh {@code null}: the first one was good enough until now */
    static PostgresFork fork(PostgresDatabase database, @Nullable Refresh refresh) {
        var owner = Owner.of(database);
        var labels = Labels.of(owner);
        labels.putAll(MaskedCopyIdentity.label());
        var annotations = new LinkedHashMap<String, String>();
        if (refresh != null) {
            annotations.put(Labels.FAILED_REFRESHES, Integer.toString(refresh.failures()));
            annotations.put(Labels.REFRESHED_FOR, Long.toString(refresh.generation()));
        }
        var fork = new PostgresFork();
        fork.setMetadata(new ObjectMetaBuilder()
                .withName(MaskedCopyIdentity.name(owner.name()))
                .withNamespace(owner.namespace())
                .withLabels(labels)
                .withAnnotations(annotations)
                .withOwnerReferences(owner.reference())
                .build());
        fork.setSpec(new PostgresForkSpec(
                null,
                null,
                null,
                null,
                null,
                null,
                new ForkSource(ForkSource.Kind.PostgresDatabase, owner.name()),
                null,
                null,
                true,
                refresh == null ? null : refresh.at(),
                null,
                null,
                null));
        return fork;
    }

    /** What it was told last; {@code null}: it was never made again, or by somebody else. */
    static @Nullable Refresh recorded(PostgresFork copy) {
        var at = copy.getSpec().resetAt();
        var annotations = Objects.requireNonNullElse(copy.getMetadata().getAnnotations(), Map.<String, String>of());
        return at == null
                ? null
                : new Refresh(
                        at,
                        (int) number(annotations.get(Labels.FAILED_REFRESHES)),
                        number(annotations.get(Labels.REFRESHED_FOR)));
    }

    /** People may write annotations, too. */
    private static long number(@Nullable String text) {
        return text != null && text.matches("[0-9]{1,9}") ? Long.parseLong(text) : 0;
    }

    /** Whether it says what it is to say, whenever it is made again. */
    static boolean isAsWanted(PostgresFork copy, PostgresFork wanted) {
        return Boolean.TRUE.equals(copy.getSpec().suspend())
                && Objects.equals(copy.getSpec().resetAt(), wanted.getSpec().resetAt())
                && copy.getMetadata()
                        .getLabels()
                        .entrySet()
                        .containsAll(wanted.getMetadata().getLabels().entrySet());
    }
}
