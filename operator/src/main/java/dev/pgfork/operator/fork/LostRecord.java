package dev.pgfork.operator.fork;

import dev.pgfork.api.v1alpha1.EffectiveSettings;
import dev.pgfork.api.v1alpha1.InstanceStatus;
import dev.pgfork.api.v1alpha1.PodSettings;
import dev.pgfork.api.v1alpha1.PostgresFork;
import dev.pgfork.api.v1alpha1.PostgresForkStatus.SourceStatus;
import dev.pgfork.api.v1alpha1.ServiceSettings;
import dev.pgfork.api.v1alpha1.StorageSpec;
import dev.pgfork.api.v1alpha1.StorageSpec.AccessMode;
import dev.pgfork.operator.instance.SanitizeRecord;
import dev.pgfork.operator.instance.StartedInstance;
import dev.pgfork.operator.kube.Labels;
import io.fabric8.kubernetes.api.model.PersistentVolumeClaim;
import io.fabric8.kubernetes.api.model.PodSpec;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What was noted of a fork's cut, as its objects still say it after the status was lost: so it needs neither its source
 * nor another cut. Only for a generation that clients are led to; of another one it is not known how far it came.
 */
record LostRecord(SourceStatus source, InstanceStatus instance, EffectiveSettings effective, SanitizeRecord sanitize) {

    /** @return empty: something of it is gone */
    static Optional<LostRecord> of(PostgresFork fork, Belongings belongings, int generation) {
        var volume = belongings.volume(generation);
        return volume.flatMap(claim -> belongings
                .set(generation)
                .flatMap(set -> StartedInstance.of(set, belongings.configurations()))
                .flatMap(started -> read(fork, claim, started, generation)));
    }

    private static Optional<LostRecord> read(
            PostgresFork fork, PersistentVolumeClaim volume, StartedInstance started, int generation) {
        var annotations = Objects.requireNonNullElse(volume.getMetadata().getAnnotations(), Map.<String, String>of());
        var database = annotations.get(Labels.VOLUME_BOOTSTRAP_DATABASE);
        var owner = annotations.get(Labels.VOLUME_BOOTSTRAP_OWNER);
        if (database == null
                || owner == null
                || started.systemIdentifier().isEmpty()
                || started.cut().isEmpty()
                || started.sourceTimeline().isEmpty()) {
            return Optional.empty();
        }
        var from = fork.getSpec().from();
        var source = new SourceStatus(
                from.resourceKind(),
                from.name(),
                ForkResources.sourceNamespace(fork),
                null,
                null,
                null,
                started.cut().get().toString(),
                null,
                started.sourceTimeline().get(),
                // The volume is made at once after the cut.
                volume.getMetadata().getCreationTimestamp(),
                null);
        var image = started.container().getImage();
        var instance = new InstanceStatus(
                image, null, started.systemIdentifier().get(), null, null, ForkResources.FIRST_EPOCH, generation);
        var spec = fork.getSpec();
        var effective = new EffectiveSettings(
                image,
                storage(spec.storage(), volume),
                started.container().getResources(),
                started.parameters(),
                Objects.requireNonNullElseGet(spec.pod(), () -> scheduling(started.pod())),
                Objects.requireNonNullElseGet(spec.service(), () -> new ServiceSettings(null, null)),
                database,
                owner);
        return Optional.of(
                new LostRecord(source, instance, effective, sanitize(volume).orElse(SanitizeRecord.NONE)));
    }

    /** @return empty: its data had no steps to pass */
    static Optional<SanitizeRecord> sanitize(PersistentVolumeClaim volume) {
        return Optional.ofNullable(volume.getMetadata().getAnnotations())
                .map(annotations -> annotations.get(Labels.VOLUME_SANITIZE))
                .map(SanitizeRecord::parse);
    }

    private static StorageSpec storage(@Nullable StorageSpec wanted, PersistentVolumeClaim volume) {
        var spec = volume.getSpec();
        return new StorageSpec(
                Objects.requireNonNull(spec.getResources().getRequests().get("storage"), "every claim asks for it")
                        .toString(),
                spec.getStorageClassName(),
                wanted == null ? null : wanted.volumeSnapshotClassName(),
                AccessMode.valueOf(spec.getAccessModes().getFirst()));
    }

    private static PodSettings scheduling(PodSpec pod) {
        return new PodSettings(
                null,
                null,
                pod.getNodeSelector(),
                pod.getAffinity(),
                pod.getTolerations(),
                pod.getTopologySpreadConstraints(),
                pod.getPriorityClassName(),
                pod.getImagePullSecrets(),
                null);
    }

    void restore(ForkStatusDraft draft) {
        draft.source = source;
        draft.instance = instance;
        draft.effective = effective;
        draft.sanitizing.begin(sanitize);
    }
}
