package dev.pgfork.operator.instance;

import dev.pgfork.api.v1alpha1.InstanceSpec;
import dev.pgfork.operator.kube.Labels;
import dev.pgfork.operator.kube.Owner;
import dev.pgfork.operator.postgres.ServerAddress;
import io.fabric8.kubernetes.api.model.Condition;
import io.fabric8.kubernetes.api.model.Pod;
import java.time.Duration;
import java.time.Instant;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * One of the instances that follow one another: the leader resource's own, or a follower's.
 *
 * @param owner the resource whose instance it is
 * @param isLeadersOwn whether that is the leader resource itself
 * @param isDeleting whether that resource is being deleted
 * @param pod of this generation, as the cache has it
 * @param address where its server is; empty: it has no pod with an address, or its Secrets are not complete
 * @param spec the follower's instance block; {@code null}: it is the leader's own
 * @param podCurrent what a follower's resource says of its pod
 */
public record Member(
        Owner owner,
        int generation,
        boolean isLeadersOwn,
        boolean isDeleting,
        Optional<Pod> pod,
        Optional<ServerAddress> address,
        @Nullable InstanceSpec spec,
        Optional<Condition> podCurrent) {
    /** Type of the condition that says whether a pod is what the spec wants. */
    public static final String POD_CURRENT = "PodCurrent";

    /** One whose resource says nothing of its pod. */
    public Member(
            Owner owner,
            int generation,
            boolean isLeadersOwn,
            boolean isDeleting,
            Optional<Pod> pod,
            Optional<ServerAddress> address) {
        this(owner, generation, isLeadersOwn, isDeleting, pod, address, null, Optional.empty());
    }

    /** Of the instance, in Kubernetes and as {@code application_name} in Postgres. */
    public String name() {
        return owner.name();
    }

    public InstanceNames names() {
        return new InstanceNames(owner.name(), generation);
    }

    /** That keeps WAL for it on the primary, while it follows. */
    public String slot() {
        return ReplicationNames.slot(owner);
    }

    /** That its pod was placed on; empty: there is no pod, or on none yet. */
    public Optional<String> node() {
        return pod.map(Pod::getSpec).map(spec -> spec.getNodeName());
    }

    /** Whether clients of the Service {@code <leader>-ro} may come to it: it carries the label, and is ready. */
    public boolean servesReads() {
        return pod.filter(seen -> seen.getMetadata().getLabels() != null
                        && seen.getMetadata().getLabels().containsKey(Labels.READ))
                .map(SeenPod::new)
                .filter(SeenPod::isEndpoint)
                .isPresent();
    }

    /** Of a pod that is to stay; empty: there is none. */
    public Optional<Duration> podAge(Instant now) {
        return pod.filter(seen -> !new SeenPod(seen).isTerminating())
                .map(seen -> seen.getMetadata().getCreationTimestamp())
                .map(created -> Duration.between(Instant.parse(created), now));
    }

    /** Whether Kubernetes sends clients to it. */
    public boolean isReady() {
        return pod.map(SeenPod::new).filter(SeenPod::isEndpoint).isPresent();
    }

    @Override
    public String toString() {
        return Objects.toString(names().pod());
    }
}
