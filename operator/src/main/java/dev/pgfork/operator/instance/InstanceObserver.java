package dev.pgfork.operator.instance;

import dev.pgfork.operator.instance.InstanceDiagnosis.Finding;
import dev.pgfork.operator.instance.InstanceDiagnosis.Step;
import dev.pgfork.operator.kube.ApiErrors;
import dev.pgfork.operator.kube.Looked;
import dev.pgfork.operator.kube.ObjectReader;
import dev.pgfork.operator.kube.Owner;
import dev.pgfork.operator.kube.PodExec.ExecFailedException;
import dev.pgfork.operator.postgres.ReplicationReport;
import dev.pgfork.operator.postgres.Server;
import dev.pgfork.operator.postgres.Server.ServerException;
import dev.pgfork.operator.postgres.ServerAddress;
import dev.pgfork.operator.postgres.ServerReport;
import dev.pgfork.operator.postgres.SynchronousReport;
import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.NodeSelector;
import io.fabric8.kubernetes.api.model.PersistentVolume;
import io.fabric8.kubernetes.api.model.PersistentVolumeClaim;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.Secret;
import io.fabric8.kubernetes.api.model.Service;
import io.fabric8.kubernetes.api.model.VolumeNodeAffinity;
import io.fabric8.kubernetes.api.model.apps.StatefulSet;
import io.fabric8.kubernetes.api.model.policy.v1.PodDisruptionBudget;
import io.fabric8.kubernetes.api.model.storage.StorageClass;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Stream;

/** Looks at the objects of an instance, its script and its server. It only reads. */
public final class InstanceObserver {
    /** Younger objects are left alone: events cost a request, and say little so early. */
    private static final Duration SUSPICIOUS = Duration.ofSeconds(10);

    private static final String NOT_ASKED = "it was not asked";

    private final ObjectReader objects;
    private final NameConflicts conflicts;
    private final InstanceConfiguration configuration;
    private final InstanceVerbs verbs;
    private final Server server;

    public InstanceObserver(
            ObjectReader objects, InstanceConfiguration configuration, InstanceVerbs verbs, Server server) {
        this.objects = objects;
        this.conflicts = new NameConflicts(objects);
        this.configuration = configuration;
        this.verbs = verbs;
        this.server = server;
    }

    /**
     * Looks at everything.
     *
     * @param template of the day; empty while it is not known yet: the ConfigMap cannot be told then
     * @param askScript whether to ask the script even if the server answers; an exec is not free, and of an instance
     *     that has been serving there is nothing to learn. It is always asked when the server does not answer
     */
    public InstanceObservation observe(
            Owner owner, int generation, Optional<InstanceTemplate> template, boolean askScript) {
        var objectsOnly = glance(owner, generation, template);
        var report = server(owner, generation, objectsOnly.pod(), objectsOnly.tls(), objectsOnly.roles());
        // Why its replay stands still only the script can tell.
        var saysAll = report.found().filter(said -> !said.settings().paused()).isPresent();
        return objectsOnly.said(
                saysAll && !askScript ? new Looked.Absent<>() : script(objectsOnly.pod()),
                report,
                growth(template, objectsOnly.volume()),
                trial(template, objectsOnly));
    }

    /** Where the volume can be reached from is asked only when a trial is about to be made. */
    private Trial trial(Optional<InstanceTemplate> template, InstanceObservation seen) {
        var due = template.isPresent()
                && seen.trial().pod().isEmpty()
                && seen.statefulSet()
                        .filter(set -> !InstanceResources.hasPlace(template.get(), set))
                        .isPresent();
        return due ? new Trial(Optional.empty(), reach(seen.volume())) : seen.trial();
    }

    private Looked<Optional<NodeSelector>> reach(Optional<PersistentVolumeClaim> claim) {
        var name = claim.map(found -> found.getSpec().getVolumeName());
        if (name.isEmpty()) {
            return new Looked.Absent<>();
        }
        try {
            return objects.getUncached(PersistentVolume.class, null, name.get())
                    .<Looked<Optional<NodeSelector>>>map(volume -> new Looked.Found<>(
                            Optional.ofNullable(volume.getSpec().getNodeAffinity())
                                    .map(VolumeNodeAffinity::getRequired)))
                    .orElseGet(() -> new Looked.Unknown<>("PersistentVolume " + name.get() + " is gone"));
        } catch (KubernetesClientException e) {
            return new Looked.Unknown<>(
                    "PersistentVolume %s cannot be read: %s".formatted(name.get(), ApiErrors.message(e)));
        }
    }

    private Growth growth(Optional<InstanceTemplate> template, Optional<PersistentVolumeClaim> volume) {
        var claim = volume.flatMap(ClaimSize::of);
        if (template.isEmpty() || claim.isEmpty()) {
            return Growth.NONE;
        }
        var size = claim.get();
        return new Growth(
                size.asksForLessThan(template.get().storageSize())
                        ? allowsGrowth(volume.orElseThrow())
                        : new Looked.Absent<>(),
                size.isGrowing() ? objects.lastWarning(volume.orElseThrow()) : Optional.empty());
    }

    /** A claim without a class never grows; nor does one whose class is gone, by the rules of the API server. */
    private Looked<Boolean> allowsGrowth(PersistentVolumeClaim volume) {
        var name = volume.getSpec().getStorageClassName();
        if (name == null || name.isEmpty()) {
            return new Looked.Found<>(false);
        }
        try {
            return new Looked.Found<>(objects.getUncached(StorageClass.class, null, name)
                    .filter(found -> Boolean.TRUE.equals(found.getAllowVolumeExpansion()))
                    .isPresent());
        } catch (KubernetesClientException e) {
            return new Looked.Unknown<>("StorageClass %s cannot be read: %s".formatted(name, ApiErrors.message(e)));
        }
    }

    /** Looks at the objects in the caches only, which takes no time: neither script nor server is asked. */
    public InstanceObservation glance(Owner owner, int generation, Optional<InstanceTemplate> template) {
        var names = new InstanceNames(owner.name(), generation);
        var claim = own(owner, Service.class, names.claimService());
        var volume = own(owner, PersistentVolumeClaim.class, names.generationName());
        return new InstanceObservation(
                claim.isPresent() ? Optional.empty() : conflicts.find(owner, names),
                claim,
                own(owner, Service.class, names.service()),
                own(owner, Service.class, names.readOnlyService()),
                template.flatMap(t -> own(owner, ConfigMap.class, configuration.configMapName(t.on(volume)))),
                volume,
                own(owner, StatefulSet.class, names.generationName()),
                own(owner, Pod.class, names.pod()),
                authority(owner, names, template),
                own(owner, Secret.class, names.tlsSecret()),
                own(owner, Secret.class, names.rolesSecret()),
                own(owner, Secret.class, names.appSecret()),
                own(owner, Secret.class, names.superuserSecret()),
                new Looked.Unknown<>(NOT_ASKED),
                new Looked.Unknown<>(NOT_ASKED),
                Growth.NONE,
                new Trial(own(owner, Pod.class, names.trialPod()), new Looked.Absent<>()),
                own(owner, PodDisruptionBudget.class, names.disruptionBudget()));
    }

    /** The Secret {@code -ca} that the certificate must be of: a member's is another resource's. */
    private Optional<Secret> authority(Owner owner, InstanceNames names, Optional<InstanceTemplate> template) {
        return template.filter(t -> t.membership().isUnder(owner))
                .map(t -> own(
                        t.membership().authority(),
                        Secret.class,
                        t.authorityNames().authoritySecret()))
                .orElseGet(() -> own(owner, Secret.class, names.authoritySecret()));
    }

    /**
     * Why the instance does not serve. Kubernetes' own words are asked for only when something takes suspiciously long.
     *
     * @return empty if it serves
     */
    public Optional<Finding> diagnose(InstanceObservation seen, Instant now) {
        var finding = InstanceDiagnosis.of(seen, Optional.empty());
        return finding.flatMap(f -> suspect(f.step(), seen))
                .filter(object -> ageOf(object, now).compareTo(SUSPICIOUS) > 0)
                .flatMap(objects::lastWarning)
                .flatMap(warning -> InstanceDiagnosis.of(seen, Optional.of(warning)))
                .or(() -> finding);
    }

    private static Optional<? extends HasMetadata> suspect(Step step, InstanceObservation seen) {
        return switch (step) {
            case VOLUME -> seen.volume();
            case POD -> seen.pod().isPresent() ? seen.pod() : seen.statefulSet();
            case SCHEDULING, IMAGE, CONTAINER -> seen.pod();
            case PRIVATE_PHASE, SERVER -> Optional.empty();
        };
    }

    private static Duration ageOf(HasMetadata object, Instant now) {
        var created = object.getMetadata().getCreationTimestamp();
        return created == null ? Duration.ZERO : Duration.between(Instant.parse(created), now);
    }

    private <T extends HasMetadata> Optional<T> own(Owner owner, Class<T> type, String name) {
        return objects.get(type, owner.namespace(), name).filter(owner::owns);
    }

    /**
     * What the script in a pod says.
     *
     * @return Absent: there is no running container to ask
     */
    public Looked<ScriptStatus> script(Optional<Pod> pod) {
        if (pod.filter(InstanceObserver::runs).isEmpty()) {
            return new Looked.Absent<>();
        }
        var meta = pod.get().getMetadata();
        try {
            return new Looked.Found<>(verbs.status(meta.getNamespace(), meta.getName(), Duration.ZERO));
        } catch (ExecFailedException | VerbRefusedException e) {
            return new Looked.Unknown<>(message(e));
        }
    }

    private Looked<ServerReport> server(
            Owner owner, int generation, Optional<Pod> pod, Optional<Secret> tls, Optional<Secret> roles) {
        return server(owner, generation, Credentials.address(pod.filter(InstanceObserver::runs), tls, roles));
    }

    /** What the servers of these members say, by name; Absent: it has no pod. */
    public Map<String, Looked<ServerReport>> servers(Stream<Member> members) {
        var reports = new HashMap<String, Looked<ServerReport>>();
        members.forEach(member -> reports.put(member.name(), server(member)));
        return reports;
    }

    private Looked<ServerReport> server(Member member) {
        return member.pod().isEmpty()
                ? new Looked.Absent<>()
                : switch (server(member.owner(), member.generation(), member.address())) {
                    case Looked.Absent<ServerReport> absent -> new Looked.Unknown<>("its pod has no server yet");
                    case Looked.Unknown<ServerReport> unknown -> unknown;
                    case Looked.Found<ServerReport> found -> found;
                };
    }

    private Looked<ServerReport> server(Owner owner, int generation, Optional<ServerAddress> address) {
        if (address.isEmpty()) {
            return new Looked.Absent<>();
        }
        try {
            var report = server.report(address.get());
            if (report.uid().equals(owner.uid()) && report.generation() == generation) {
                return new Looked.Found<>(report);
            }
            // Addresses of pods are used again: another instance may have it by now.
            return new Looked.Unknown<>("At %s answers another instance (uid %s, generation %d)"
                    .formatted(address.get(), report.uid(), report.generation()));
        } catch (ServerException e) {
            return new Looked.Unknown<>(message(e));
        }
    }

    /**
     * What the server of an instance says of replication. Only the very server counts: at its pod's address somebody
     * else may answer by now.
     */
    public Looked<ReplicationReport> replication(Owner owner, Optional<ServerAddress> address) {
        if (address.isEmpty()) {
            return new Looked.Absent<>();
        }
        try {
            var report = server.replication(address.get());
            return report.uid().equals(owner.uid())
                    ? new Looked.Found<>(report)
                    : new Looked.Unknown<>("another server answers at " + address.get());
        } catch (ServerException e) {
            return new Looked.Unknown<>(message(e));
        }
    }

    /**
     * For whom the commits of an instance wait, as {@link #replication}.
     *
     * @param confirm ask who has all that was acknowledged so far
     */
    public Looked<SynchronousReport> synchronous(Owner owner, Optional<ServerAddress> address, boolean confirm) {
        if (address.isEmpty()) {
            return new Looked.Absent<>();
        }
        try {
            var report = server.synchronous(address.get(), confirm);
            return report.uid().equals(owner.uid())
                    ? new Looked.Found<>(report)
                    : new Looked.Unknown<>("another server answers at " + address.get());
        } catch (ServerException e) {
            return new Looked.Unknown<>(message(e));
        }
    }

    private static String message(RuntimeException e) {
        return Objects.requireNonNullElse(e.getMessage(), e.toString());
    }

    private static boolean runs(Pod pod) {
        return new SeenPod(pod).containerRuns();
    }
}
