package dev.pgfork.e2e.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import dev.pgfork.api.v1alpha1.PostgresDatabase;
import dev.pgfork.api.v1alpha1.PostgresDatabaseStatus;
import dev.pgfork.api.v1alpha1.PostgresFollower;
import dev.pgfork.api.v1alpha1.PostgresFollowerStatus;
import dev.pgfork.api.v1alpha1.PostgresFork;
import dev.pgfork.api.v1alpha1.PostgresForkStatus;
import dev.pgfork.e2e.postgres.Login;
import io.fabric8.kubernetes.api.model.Condition;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.client.dsl.Resource;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A PostgresDatabase, PostgresFork or PostgresFollower of a test, and the server behind it. It need not exist (yet).
 */
public final class Instance {

    private final TestNamespace namespace;
    private final Class<? extends HasMetadata> kind;
    private final String name;

    Instance(TestNamespace namespace, Class<? extends HasMetadata> kind, String name) {
        this.namespace = namespace;
        this.kind = kind;
        this.name = name;
    }

    public String name() {
        return name;
    }

    @Override
    public String toString() {
        return kind.getSimpleName() + " " + name;
    }

    // The resource

    private Resource<? extends HasMetadata> resource() {
        return namespace.client().resources(kind).inNamespace(namespace.name()).withName(name);
    }

    private HasMetadata get() {
        return Objects.requireNonNull(resource().get(), () -> "there is no " + this);
    }

    public boolean exists() {
        return resource().get() != null;
    }

    public String uid() {
        return get().getMetadata().getUid();
    }

    public PostgresDatabaseStatus databaseStatus() {
        return Optional.ofNullable(((PostgresDatabase) get()).getStatus()).orElse(PostgresDatabaseStatus.EMPTY);
    }

    public PostgresForkStatus forkStatus() {
        return Optional.ofNullable(((PostgresFork) get()).getStatus()).orElse(PostgresForkStatus.EMPTY);
    }

    public PostgresFollowerStatus followerStatus() {
        return Optional.ofNullable(((PostgresFollower) get()).getStatus()).orElse(PostgresFollowerStatus.EMPTY);
    }

    /** As the status spells it; "null" before the first one. */
    public String phase() {
        return String.valueOf((Object)
                switch (get()) {
                    case PostgresFork fork -> forkStatus().phase();
                    case PostgresFollower follower -> followerStatus().phase();
                    default -> databaseStatus().phase();
                });
    }

    private List<Condition> conditions() {
        @Nullable
        List<Condition> conditions = switch (get()) {
            case PostgresFork fork -> forkStatus().conditions();
            case PostgresFollower follower -> followerStatus().conditions();
            default -> databaseStatus().conditions();
        };
        return conditions == null ? List.of() : conditions;
    }

    /** Type to status, reason and message, as text; "-" if there is none. */
    public String condition(String type) {
        return find(type)
                .map(condition ->
                        "%s, %s: %s".formatted(condition.getStatus(), condition.getReason(), condition.getMessage()))
                .orElse("-");
    }

    private Optional<Condition> find(String type) {
        return conditions().stream()
                .filter(condition -> condition.getType().equals(type))
                .findFirst();
    }

    public void delete() {
        resource().delete();
    }

    // Waiting

    /** Waits for {@code Ready}; fails at once if the resource says that somebody has to do something. */
    public Instance awaitReady() {
        namespace.eventually(
                this + " is Ready", () -> assertThat(condition("Stalled")).isEqualTo("-"), this::isReady);
        return awaitServing();
    }

    /** As {@link #awaitReady}, but whatever it says on the way. */
    public Instance awaitReadyInTheEnd() {
        namespace.eventually(this + " is Ready", this::isReady);
        return awaitServing();
    }

    private void isReady() {
        assertThat(condition("Ready")).startsWith("True, Ready: ");
        assertThat(condition("Reconciling")).isEqualTo("-");
        assertThat(condition("Stalled")).isEqualTo("-");
        assertThat(phase()).isEqualTo("Ready");
    }

    /**
     * Waits until it is not ready for that reason.
     *
     * @return the message of the condition
     */
    public String awaitNotReady(String reason) {
        namespace.eventually(
                this + " is not Ready because of " + reason,
                () -> assertThat(condition("Ready")).startsWith("False, " + reason + ": "));
        return find("Ready").orElseThrow().getMessage();
    }

    /**
     * Waits until it is as wanted without a server: kstatus calls it Current then, because the status is of this spec,
     * and there is neither a Ready condition nor one that says that something is to come.
     */
    public void awaitResting(String reason) {
        namespace.eventually(this + " is " + reason, () -> {
            var resource = get();
            assertThat(condition("Available")).startsWith("False, " + reason + ": ");
            assertThat(condition("Ready")).isEqualTo("-");
            assertThat(condition("Reconciling")).isEqualTo("-");
            assertThat(condition("Stalled")).isEqualTo("-");
            assertThat(phase()).isEqualTo(reason);
            assertThat(forkStatus().observedGeneration())
                    .isEqualTo(resource.getMetadata().getGeneration());
        });
    }

    /**
     * Waits until it has been refused for that reason.
     *
     * @return the message of the condition
     */
    public String awaitRefused(String reason) {
        namespace.eventually(this + " is refused because of " + reason, () -> {
            assertThat(condition("Stalled")).startsWith("True, " + reason + ": ");
            assertThat(condition("Ready")).startsWith("False, " + reason + ": ");
            assertThat(condition("Reconciling")).isEqualTo("-");
            assertThat(phase()).isEqualTo("Refused");
        });
        return find("Stalled").orElseThrow().getMessage();
    }

    /** Waits until clients can connect, whatever the status says (the operator may be down). */
    public Instance awaitServing() {
        namespace.eventually(
                this + " serves", () -> assertThat(login().query("select 1")).isEqualTo("1"));
        return this;
    }

    /** Waits until the resource is gone, and everything that was made for it. */
    public void awaitGone() {
        namespace.eventually(this + " is gone, with all that was made for it", () -> {
            assertThat(exists()).isFalse();
            assertThat(namespace.objectsOf(name)).isEmpty();
        });
    }

    // The server

    public String podName() {
        return generationName() + "-0";
    }

    /** Name of the volume's claim and of the StatefulSet. */
    public String generationName() {
        return name + "-g" + generation();
    }

    /** Followers and databases' own instances are rebuilt, and forks are reset. */
    private int generation() {
        var instance = switch (resource().get()) {
            case PostgresFollower follower -> followerStatus().instance();
            case PostgresDatabase database -> databaseStatus().instance();
            case PostgresFork fork -> forkStatus().instance();
            case null, default -> null;
        };
        return instance == null ? 1 : Objects.requireNonNullElse(instance.generation(), 1);
    }

    public Optional<Pod> pod() {
        return Optional.ofNullable(namespace
                .client()
                .pods()
                .inNamespace(namespace.name())
                .withName(podName())
                .get());
    }

    /** The volume's CSI driver. */
    public String csiDriver() {
        var claim = namespace
                .client()
                .persistentVolumeClaims()
                .inNamespace(namespace.name())
                .withName(generationName())
                .get();
        var volume = namespace
                .client()
                .persistentVolumes()
                .withName(claim.getSpec().getVolumeName())
                .get();
        return volume.getSpec().getCsi().getDriver();
    }

    /** Empty text if there is no pod. */
    public String uidOfPod() {
        return pod().map(pod -> pod.getMetadata().getUid()).orElse("");
    }

    /** How often the container was started again. */
    public int restarts() {
        return pod().orElseThrow().getStatus().getContainerStatuses().getFirst().getRestartCount();
    }

    public Shell shell() {
        return namespace.shell(podName());
    }

    /** What the instance script says of itself, as JSON; empty while it cannot be asked. */
    public String script() {
        var running = pod().filter(pod -> pod.getStatus().getContainerStatuses().stream()
                .anyMatch(container -> container.getState().getRunning() != null));
        return running.isEmpty()
                ? ""
                : shell().attempt("bash", "/pgfork/script/instance.sh", "status")
                        .stdout();
    }

    /** Runs SQL in the pod as the superuser, in the database {@code app}. */
    public String psql(String sql) {
        return shell().psql("app", sql);
    }

    // Disturbances; each returns when it has happened

    /** Ends the postmaster by SIGKILL. */
    public void killPostmaster() {
        var before = postmaster();
        shell().run("kill", "-KILL", before);
        namespace.eventually(
                "another postmaster of " + this,
                () -> assertThat(postmaster()).isNotEqualTo(before).isNotEmpty());
    }

    /** Process id in the pod; empty if there is none. */
    public String postmaster() {
        return shell().attempt("head", "-1", "/pgfork/volume/pgdata/postmaster.pid")
                .stdout()
                .strip();
    }

    /** From now on its script does nothing that it is told; the server, if there is one, goes on. */
    public void freezeContainer() {
        new ContainerKill(namespace.client()).freeze(pod().orElseThrow());
    }

    /** Ends the container by SIGKILL, if it is still there. */
    public void endContainer() {
        pod().filter(ContainerKill::hasStarted).ifPresent(new ContainerKill(namespace.client())::of);
    }

    /** Ends the container by SIGKILL; Kubernetes starts another one in the same pod. */
    public void killContainer() {
        var before = restarts();
        new ContainerKill(namespace.client()).of(pod().orElseThrow());
        namespace.eventually(
                "another container of " + this, () -> assertThat(restarts()).isGreaterThan(before));
    }

    /** Deletes the pod with its grace period; the StatefulSet makes another one. */
    public void deletePod() {
        var before = uidOfPod();
        namespace
                .client()
                .pods()
                .inNamespace(namespace.name())
                .withName(podName())
                .delete();
        namespace.eventually(
                "another pod of " + this,
                () -> assertThat(uidOfPod()).isNotEqualTo(before).isNotEmpty());
    }

    // Clients

    /** The login of the Secret {@code <name>-app}; at a follower that of its leader. */
    public Login login() {
        return resource().get() instanceof PostgresFollower follower
                        && namespace.secret(name + "-app").isEmpty()
                ? login(follower.getSpec().follows().name() + "-app").at("%s.%s.svc".formatted(name, namespace.name()))
                : login(name + "-app");
    }

    /** The login of a Secret of this instance. */
    public Login login(String secret) {
        return Login.of(
                namespace.secret(secret).orElseThrow(() -> new AssertionError("there is no Secret " + secret)),
                namespace.route());
    }
}
