package dev.pgfork.operator.action;

import dev.pgfork.operator.instance.Certificates;
import dev.pgfork.operator.instance.ClientRole;
import dev.pgfork.operator.instance.Credentials;
import dev.pgfork.operator.instance.InstanceNames;
import dev.pgfork.operator.instance.InstanceObservation;
import dev.pgfork.operator.instance.InstanceResources;
import dev.pgfork.operator.instance.InstanceTemplate;
import dev.pgfork.operator.instance.Membership.Stopping;
import dev.pgfork.operator.instance.PodHold;
import dev.pgfork.operator.instance.PodRevision;
import dev.pgfork.operator.instance.Role;
import dev.pgfork.operator.kube.Labels;
import dev.pgfork.operator.kube.Notice;
import dev.pgfork.operator.kube.Owner;
import dev.pgfork.operator.postgres.Parameters;
import dev.pgfork.operator.postgres.ServerReport;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.NodeSelector;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.Service;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** What every kind does with its instance: each method returns the actions for what is missing, none if nothing is. */
public final class InstanceActions {
    private final InstanceResources resources;
    private final Certificates certificates;
    private final Parameters parameters;

    public InstanceActions(InstanceResources resources, Certificates certificates, Parameters parameters) {
        this.resources = resources;
        this.certificates = certificates;
        this.parameters = parameters;
    }

    /** @return what is wrong with the settings that the instance would get, for people; empty: nothing */
    public Optional<String> wrongParameters(InstanceTemplate template) {
        var findings = parameters.check(template.parameters(), OptionalInt.empty(), template.memoryLimit());
        return findings.isEmpty()
                ? Optional.empty()
                : Optional.of("spec.parameters: "
                        + findings.stream().map(Parameters.Finding::message).collect(Collectors.joining("; ")));
    }

    /** Takes the name: whoever creates the headless Service has it, over all kinds. */
    public List<Action> claim(InstanceTemplate template, InstanceObservation seen) {
        return service(template, resources.claimService(template), seen.claim());
    }

    /** What a pod needs before it can start. */
    public List<Action> prepare(InstanceTemplate template, InstanceObservation seen) {
        var actions = new ArrayList<Action>();
        var hasPasswords =
                seen.roles().filter(roles -> Credentials.areOf(template, roles)).isPresent();
        if (seen.authority().isEmpty() || seen.tls().isEmpty() || !hasPasswords) {
            actions.add(new Action.CreateCredentials(template));
        }
        actions.addAll(missing(
                seen.config(), new Action.Create(template.owner(), resources.configMap(template.on(seen.volume())))));
        return actions;
    }

    /**
     * Certificate and passwords of an authority of its own, while any is another one's. The running server is not told:
     * they are for the next pod.
     */
    public List<Action> independence(InstanceTemplate template, InstanceObservation seen, Instant now) {
        var own =
                seen.roles().filter(roles -> Credentials.areOf(template, roles)).isPresent()
                        && seen.authority().isPresent()
                        && seen.tls().isPresent()
                        && !certificates.needsRenewal(
                                template, seen.authority().get(), seen.tls().get(), now);
        return own ? List.of() : List.of(new Action.CreateCredentials(template), new Action.RenewCertificate(template));
    }

    public List<Action> volume(InstanceTemplate template, InstanceObservation seen) {
        return missing(seen.volume(), new Action.Create(template.owner(), resources.volume(template)));
    }

    /**
     * A running pod is left alone; the next one starts with the script and the configuration of the day. One whose end
     * is to be put on record is held before Kubernetes is told to end it: what it says of that cannot be missed then.
     * Another image, or other nodes, it gets by {@link #place} only.
     */
    public List<Action> statefulSet(InstanceTemplate wanted, InstanceObservation seen) {
        var template = wanted.on(seen.volume());
        var outdated = seen.statefulSet().filter(set -> resources.isOutdated(template, set));
        var pod = seen.pod()
                .filter(any -> template.membership().stopping() == Stopping.UNPROVED)
                .filter(PodHold::fits);
        if (outdated.isPresent() && pod.isPresent()) {
            // The rest comes when the pod is seen to be held, or to be none that can be.
            return List.of(new Action.HoldPod(template.owner(), pod.get()));
        }
        if (outdated.isEmpty()) {
            return missing(seen.statefulSet(), new Action.Create(template.owner(), resources.statefulSet(template)));
        }
        var actions = new ArrayList<Action>();
        // As long as the template is an earlier pgfork's, the pod is known to be made of it.
        seen.pod()
                .filter(any -> InstanceResources.isMadeOf(any, template, outdated.get()))
                .ifPresent(any -> actions.add(new Action.MarkPod(template.owner(), any, PodRevision.of(template))));
        actions.add(new Action.Apply(template.owner(), resources.statefulSet(template, outdated.get())));
        return actions;
    }

    /** Tries image and nodes before any pod of the instance gets them; whether it may is on record before. */
    public List<Action> trial(
            InstanceTemplate template, Pod running, Optional<NodeSelector> reach, ServerReport server) {
        var major = server.version().replaceFirst("\\D.*", "");
        return List.of(
                new Action.PersistIntent(),
                new Action.Create(template.owner(), resources.trialPod(template, running, reach, major)));
    }

    /** New pods get the image that is wanted, and run where they should, from now on. */
    public List<Action> place(InstanceTemplate wanted, InstanceObservation seen) {
        var template = wanted.on(seen.volume());
        return seen
                .statefulSet()
                .filter(set -> !InstanceResources.hasPlace(template, set))
                .<Action>map(set -> new Action.Apply(template.owner(), resources.statefulSet(template)))
                .stream()
                .toList();
    }

    /** Keeps drains from evicting a primary, where that is wanted. */
    public List<Action> disruptionBudget(InstanceTemplate template, InstanceObservation seen) {
        var wanted = Boolean.TRUE.equals(template.pod().disruptionBudget())
                && template.role() == Role.PRIMARY
                && !template.membership().stopped();
        return wanted
                ? missing(
                        seen.disruptionBudget(),
                        new Action.Create(template.owner(), resources.disruptionBudget(template)))
                : Deletions.of(template.owner(), seen.disruptionBudget());
    }

    /** The Service that clients use. */
    public List<Action> service(InstanceTemplate template, InstanceObservation seen) {
        return service(template, resources.service(template), seen.service());
    }

    /** A Service follows the generation of its instance. */
    private static List<Action> service(InstanceTemplate template, Service desired, Optional<Service> seen) {
        return seen.filter(service -> InstanceResources.isOutdated(desired, service))
                .<List<Action>>map(service -> List.of(new Action.Apply(template.owner(), desired)))
                .orElseGet(() -> missing(seen, new Action.Create(template.owner(), desired)));
    }

    /** The Service that clients of a database use; it leads them to the primary, whosever instance that is. */
    public List<Action> service(InstanceTemplate template, InstanceNames primary, InstanceObservation seen) {
        return service(template, resources.service(template, primary), seen.service());
    }

    /** Clients of a database are led to that instance from now on. */
    public Action serveFrom(InstanceTemplate template, InstanceNames primary) {
        return new Action.Apply(template.owner(), resources.service(template, primary));
    }

    public List<Action> readOnlyService(InstanceTemplate template, InstanceObservation seen) {
        return service(template, resources.readOnlyService(template), seen.readOnlyService());
    }

    /** The Secrets that clients use, with the passwords that there are. */
    public List<Action> binding(InstanceTemplate template, InstanceObservation seen) {
        return missingSecrets(template, seen).isEmpty()
                ? unwanted(template, seen)
                : List.of(new Action.PublishBinding(template));
    }

    /**
     * The Secrets that clients have used. To delete one is to ask for another password.
     *
     * @param primaryPod of the instance that accepts writes
     */
    public List<Action> keptBinding(InstanceTemplate template, InstanceObservation seen, String primaryPod) {
        var actions = new ArrayList<>(unwanted(template, seen));
        for (var role : missingSecrets(template, seen)) {
            actions.add(new Action.ChangePassword(template, role, primaryPod));
            actions.add(new Action.Announce(new Notice(
                    template.owner(),
                    Notice.Type.Normal,
                    "PasswordChanged",
                    "Secret %s was not there; role %s has a new password, which is in it"
                            .formatted(role.secret(template.names()), role.role(template)))));
        }
        return actions;
    }

    private static List<ClientRole> missingSecrets(InstanceTemplate template, InstanceObservation seen) {
        var missing = new ArrayList<ClientRole>();
        if (seen.app().isEmpty()) {
            missing.add(ClientRole.OWNER);
        }
        if (template.superuserAccess() && seen.superuser().isEmpty()) {
            missing.add(ClientRole.SUPERUSER);
        }
        return missing;
    }

    private static List<Action> unwanted(InstanceTemplate template, InstanceObservation seen) {
        return template.superuserAccess()
                ? List.of()
                : seen.superuser().stream()
                        .<Action>map(secret -> new Action.Delete(template.owner(), secret))
                        .toList();
    }

    /**
     * A new certificate in time, and the server told of it once it has reached the Secret; told of a new configuration,
     * too.
     */
    public List<Action> inForce(InstanceTemplate wanted, InstanceObservation seen, Instant now) {
        var template = wanted.on(seen.volume());
        if (seen.tls().isEmpty() || seen.authority().isEmpty()) {
            return List.of();
        }
        if (certificates.needsRenewal(
                template, seen.authority().get(), seen.tls().get(), now)) {
            return List.of(new Action.RenewCertificate(template));
        }
        var serial = certificates.serial(seen.tls().get());
        var revision = resources.revision(template);
        return seen.server()
                .found()
                .filter(report -> !report.certificateSerial().equals(serial)
                        || !report.revision().equals(revision))
                .map(report -> List.<Action>of(new Action.Reload(template)))
                .orElse(List.of());
    }

    /** What a server reports as its revision once the configuration of that template is in force. */
    public String revision(InstanceTemplate template) {
        return resources.revision(template);
    }

    /** A volume that outlives its database must say whose data it holds. */
    public List<Action> identify(InstanceTemplate template, InstanceObservation seen, String systemIdentifier) {
        return seen
                .volume()
                .filter(volume -> !systemIdentifier.equals(
                        Objects.requireNonNullElse(volume.getMetadata().getAnnotations(), Map.<String, String>of())
                                .get(Labels.VOLUME_SYSTEM_IDENTIFIER)))
                .<Action>map(volume -> new Action.AnnotateVolume(
                        template.owner(), volume, Labels.VOLUME_SYSTEM_IDENTIFIER, systemIdentifier))
                .stream()
                .toList();
    }

    /** Pods that were held for a proof which is on record by now, or which nobody asks for any more. */
    public static List<Action> release(Owner owner, List<Pod> held, Stopping stopping) {
        return stopping == Stopping.UNPROVED
                ? List.of()
                : held.stream()
                        .<Action>map(pod -> new Action.ReleasePod(owner, pod))
                        .toList();
    }

    /** Everything but the volume, pod first. */
    public List<Action> remove(Owner owner, InstanceObservation seen) {
        return Deletions.of(
                owner,
                Stream.<Optional<? extends HasMetadata>>of(
                                seen.statefulSet(),
                                seen.disruptionBudget(),
                                seen.service(),
                                seen.readOnlyService(),
                                seen.app(),
                                seen.superuser(),
                                seen.config(),
                                seen.roles(),
                                seen.tls(),
                                // A follower's is its leader's.
                                seen.authority().filter(owner::owns),
                                seen.claim())
                        .flatMap(Optional::stream));
    }

    private static List<Action> missing(Optional<? extends HasMetadata> seen, Action creation) {
        return seen.isPresent() ? List.of() : List.of(creation);
    }
}
