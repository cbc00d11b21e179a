package dev.pgfork.operator.instance;

import dev.pgfork.operator.kube.Looked;
import dev.pgfork.operator.kube.Owner;
import dev.pgfork.operator.postgres.ServerReport;
import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.PersistentVolumeClaim;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.Secret;
import io.fabric8.kubernetes.api.model.Service;
import io.fabric8.kubernetes.api.model.apps.StatefulSet;
import io.fabric8.kubernetes.api.model.policy.v1.PodDisruptionBudget;
import java.util.Optional;

/**
 * What was seen of an instance's objects and its server. Objects are the owner's own; somebody else's of the same name
 * shows in {@code nameTaken} only.
 *
 * @param nameTaken names the foreign object that stands in the way, for people
 * @param config the ConfigMap that the template of the day needs; older ones may exist beside it
 * @param script what the script says; Absent: there is no running container to ask, or no need to ask since the server
 *     answers
 * @param server what the server says over SQL; Absent: there is nothing to ask yet
 * @param growth of the volume, where it is to become larger
 * @param trial of another image, or other nodes
 * @param disruptionBudget that keeps the pod from being evicted
 */
public record InstanceObservation(
        Optional<String> nameTaken,
        Optional<Service> claim,
        Optional<Service> service,
        Optional<Service> readOnlyService,
        Optional<ConfigMap> config,
        Optional<PersistentVolumeClaim> volume,
        Optional<StatefulSet> statefulSet,
        Optional<Pod> pod,
        Optional<Secret> authority,
        Optional<Secret> tls,
        Optional<Secret> roles,
        Optional<Secret> app,
        Optional<Secret> superuser,
        Looked<ScriptStatus> script,
        Looked<ServerReport> server,
        Growth growth,
        Trial trial,
        Optional<PodDisruptionBudget> disruptionBudget) {

    /** The same objects, with what script and server answered, and what else is known of volume and trial. */
    public InstanceObservation said(
            Looked<ScriptStatus> byScript, Looked<ServerReport> byServer, Growth ofVolume, Trial ofImage) {
        return new InstanceObservation(
                nameTaken,
                claim,
                service,
                readOnlyService,
                config,
                volume,
                statefulSet,
                pod,
                authority,
                tls,
                roles,
                app,
                superuser,
                byScript,
                byServer,
                ofVolume,
                ofImage,
                disruptionBudget);
    }

    /** Whether clients can write: Kubernetes says that the pod is ready, and the very server asked for says so too. */
    public boolean serves(InstanceTemplate template) {
        return serves(template.owner(), template.generation());
    }

    /** As {@link #serves(InstanceTemplate)}, of an instance whose template is not known here. */
    public boolean serves(Owner owner, int generation) {
        return pod.map(SeenPod::new).filter(SeenPod::isEndpoint).isPresent()
                && server.found()
                        .filter(report -> report.uid().equals(owner.uid())
                                && report.generation() == generation
                                && !report.inRecovery())
                        .isPresent();
    }

    /** Of the pod; empty: there is none. */
    public Optional<String> image() {
        return pod.map(SeenPod::new).map(SeenPod::image).filter(image -> !image.isEmpty());
    }

    /** Whether there is a pod that was made for an earlier epoch. */
    public boolean hasPodBefore(long epoch) {
        return pod.map(SeenPod::new)
                .flatMap(SeenPod::epoch)
                .filter(of -> of < epoch)
                .isPresent();
    }

    /** Whether clients can read: as {@link #serves}, but of a standby. */
    public boolean servesReads(InstanceTemplate template) {
        return pod.map(SeenPod::new).filter(SeenPod::isEndpoint).isPresent()
                && server.found()
                        .filter(report -> report.uid().equals(template.owner().uid())
                                && report.generation() == template.generation()
                                && report.inRecovery())
                        .isPresent();
    }
}
