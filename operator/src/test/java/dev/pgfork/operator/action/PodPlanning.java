package dev.pgfork.operator.action;

import static org.assertj.core.api.Assertions.assertThat;

import dev.pgfork.api.v1alpha1.PodSettings;
import dev.pgfork.api.v1alpha1.PostgresFollowerSpec;
import dev.pgfork.operator.instance.Certificates;
import dev.pgfork.operator.instance.Growth;
import dev.pgfork.operator.instance.InstanceObservation;
import dev.pgfork.operator.instance.InstanceResources;
import dev.pgfork.operator.instance.InstanceTemplate;
import dev.pgfork.operator.instance.Member;
import dev.pgfork.operator.instance.ScriptStatus;
import dev.pgfork.operator.instance.Templates;
import dev.pgfork.operator.instance.Trial;
import dev.pgfork.operator.kube.Looked;
import dev.pgfork.operator.postgres.Parameters;
import dev.pgfork.operator.postgres.ServerReport;
import dev.pgfork.operator.status.Conditions;
import io.fabric8.kubernetes.api.model.Condition;
import io.fabric8.kubernetes.api.model.ContainerState;
import io.fabric8.kubernetes.api.model.ContainerStateBuilder;
import io.fabric8.kubernetes.api.model.NodeSelector;
import io.fabric8.kubernetes.api.model.PersistentVolumeClaimBuilder;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import io.fabric8.kubernetes.api.model.Quantity;
import io.fabric8.kubernetes.api.model.ResourceRequirements;
import io.fabric8.kubernetes.api.model.ResourceRequirementsBuilder;
import io.fabric8.kubernetes.api.model.apps.StatefulSet;
import io.fabric8.kubernetes.api.model.policy.v1.PodDisruptionBudget;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** An instance shop whose pod is to be replaced, and what is seen of it. */
abstract class PodPlanning {
    static final Instant NOW = Instant.parse("2026-11-22T10:00:00Z");
    static final Duration DEADLINE = Duration.ofMinutes(5);
    static final InstanceTemplate WAS = Templates.database();
    static final String TRIAL = "shop-g1-0-trial";

    final InstanceResources resources = new InstanceResources(Templates.configuration());
    final InstanceActions instances = new InstanceActions(
            resources,
            new Certificates("cluster.local", new SecureRandom(), Clock.fixed(NOW, ZoneOffset.UTC)),
            Parameters.load());
    final PodReplacement planner = new PodReplacement(instances, DEADLINE);

    List<Condition> conditions = List.of();
    InstanceTemplate wanted = WAS;
    StatefulSet set = resources.statefulSet(WAS);
    Optional<Pod> pod = Optional.of(pod(WAS, true));
    boolean serves = true;
    Optional<Pod> trial = Optional.empty();
    Looked<Optional<NodeSelector>> reach = new Looked.Found<>(Optional.empty());
    Optional<String> obstacle = Optional.empty();
    List<Member> members = List.of();
    Instant now = NOW;
    Optional<PodDisruptionBudget> disruptionBudget = Optional.empty();

    List<String> plan() {
        var next = new Conditions(conditions, 1, now);
        PodReplacement.keep(next);
        var around = new PodReplacement.Around(obstacle, wanted, "shop", members);
        var outcome = planner.plan(wanted, seen(), around, next, now);
        conditions = next.list();
        return ActionNames.of(new Plan<>("", outcome.actions(), outcome.wakeUp()));
    }

    void expect(String status, String reason, String... parts) {
        var condition = Conditions.find(conditions, PodReplacement.CONDITION).orElseThrow();
        assertThat(condition.getStatus()).isEqualTo(status);
        assertThat(condition.getReason()).isEqualTo(reason);
        assertThat(condition.getMessage()).contains(parts);
    }

    InstanceObservation seen() {
        var report = new ServerReport(WAS.owner().uid(), 1, "rev", "17.5", "7550", 1, false, NOW, "ab12");
        return new InstanceObservation(
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                Optional.of(resources.configMap(wanted)),
                Optional.of(new PersistentVolumeClaimBuilder(resources.volume(WAS))
                        .withNewStatus()
                        .withPhase("Bound")
                        .endStatus()
                        .build()),
                Optional.of(set),
                pod,
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                new Looked.Absent<ScriptStatus>(),
                serves ? new Looked.Found<>(report) : new Looked.Absent<>(),
                Growth.NONE,
                new Trial(trial, reach),
                disruptionBudget);
    }

    Pod pod(InstanceTemplate template, boolean ready) {
        var of = resources.statefulSet(template).getSpec().getTemplate();
        return new PodBuilder()
                .withMetadata(of.getMetadata())
                .editMetadata()
                .withName("shop-g1-0")
                .withNamespace("prod")
                .withUid("uid-of-pod")
                .endMetadata()
                .withSpec(of.getSpec())
                .editSpec()
                .withNodeName("node-1")
                .endSpec()
                .withNewStatus()
                .withPhase("Running")
                .addNewCondition()
                .withType("Ready")
                .withStatus(ready ? "True" : "False")
                .endCondition()
                .endStatus()
                .build();
    }

    Pod trial(String phase, @Nullable ContainerState state) {
        var made = new PodBuilder(resources.trialPod(wanted, pod(WAS, true), Optional.empty(), "17"))
                .editMetadata()
                .withUid("uid-of-trial")
                .endMetadata()
                .withNewStatus()
                .withPhase(phase)
                .endStatus();
        return state == null
                ? made.build()
                : made.editStatus()
                        .addNewContainerStatus()
                        .withName("trial")
                        .withState(state)
                        .endContainerStatus()
                        .endStatus()
                        .build();
    }

    static ContainerState ended(int exitCode, String message) {
        return new ContainerStateBuilder()
                .withNewTerminated()
                .withExitCode(exitCode)
                .withMessage(message)
                .endTerminated()
                .build();
    }

    static ContainerState waiting(String reason, String message) {
        return new ContainerStateBuilder()
                .withNewWaiting()
                .withReason(reason)
                .withMessage(message)
                .endWaiting()
                .build();
    }

    Member follower(String name, InstanceTemplate has, boolean ready, int seconds, @Nullable String podCurrent) {
        var owner = new dev.pgfork.operator.kube.Owner(
                "pgfork.dev/v1alpha1", "PostgresFollower", "prod", name, "uid-of-" + name);
        var running = new PodBuilder(pod(has, ready))
                .editMetadata()
                .withName(name + "-g1-0")
                .withCreationTimestamp(now.minusSeconds(seconds).toString())
                .endMetadata()
                .build();
        var said = Optional.ofNullable(podCurrent)
                .map(reason -> new Conditions(null, 1, NOW)
                        .set("PodCurrent", false, reason, "")
                        .list()
                        .getFirst());
        return new Member(owner, 1, false, false, Optional.of(running), Optional.empty(), FOLLOWER, said);
    }

    /** That says nothing of its own. */
    static final PostgresFollowerSpec FOLLOWER = new PostgresFollowerSpec(
            null,
            null,
            null,
            null,
            null,
            null,
            new dev.pgfork.api.v1alpha1.LeaderReference(null, "shop"),
            null,
            null,
            null,
            null);

    static InstanceTemplate withPod(PodSettings pod) {
        return with(WAS.image(), WAS.resources(), pod);
    }

    static InstanceTemplate with(String image, ResourceRequirements resources, Map<String, String> nodeSelector) {
        return with(image, resources, new PodSettings(null, null, nodeSelector, null, null, null, null, null, null));
    }

    static InstanceTemplate with(String image, ResourceRequirements resources, PodSettings pod) {
        return new InstanceTemplate(
                WAS.owner(),
                WAS.generation(),
                image,
                WAS.storageSize(),
                null,
                null,
                WAS.accessMode(),
                resources,
                WAS.parameters(),
                pod,
                WAS.service(),
                WAS.seed(),
                WAS.role(),
                WAS.epoch(),
                WAS.database(),
                WAS.databaseOwner(),
                false,
                WAS.membership());
    }

    static ResourceRequirements memory(String limit) {
        return new ResourceRequirementsBuilder()
                .addToLimits("memory", new Quantity(limit))
                .build();
    }
}
