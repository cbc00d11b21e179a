package dev.pgfork.operator.instance;

import static dev.pgfork.operator.instance.SeenInstances.CREATED;
import static org.assertj.core.api.Assertions.assertThat;

import dev.pgfork.operator.instance.ScriptStatus.Phase;
import dev.pgfork.operator.kube.Looked;
import dev.pgfork.operator.kube.ObjectsInMemory;
import dev.pgfork.operator.kube.PodExec.ExecFailedException;
import dev.pgfork.operator.postgres.ForkSafety;
import dev.pgfork.operator.postgres.Lsn;
import dev.pgfork.operator.postgres.ReplicationReport;
import dev.pgfork.operator.postgres.Server;
import dev.pgfork.operator.postgres.ServerAddress;
import dev.pgfork.operator.postgres.ServerPosition;
import dev.pgfork.operator.postgres.ServerReport;
import dev.pgfork.operator.postgres.ServerSettings;
import dev.pgfork.operator.postgres.SynchronousReport;
import io.fabric8.kubernetes.api.model.PersistentVolumeClaim;
import io.fabric8.kubernetes.api.model.PersistentVolumeClaimBuilder;
import io.fabric8.kubernetes.api.model.Quantity;
import io.fabric8.kubernetes.api.model.Secret;
import io.fabric8.kubernetes.api.model.SecretBuilder;
import io.fabric8.kubernetes.api.model.ServiceBuilder;
import io.fabric8.kubernetes.api.model.storage.StorageClassBuilder;
import java.time.Duration;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class InstanceObserverTest {
    private static final InstanceTemplate FORK = Templates.fork();

    private final InstanceResources resources = new InstanceResources(Templates.configuration());
    private final ObjectsInMemory objects = new ObjectsInMemory();
    private Supplier<ScriptStatus> script =
            () -> SeenInstances.script(Phase.running).found().orElseThrow();
    private Supplier<ServerReport> server = () -> SeenInstances.report(Templates.PR_42.uid(), 2);
    private int execs;

    private final InstanceObserver observer =
            new InstanceObserver(objects, Templates.configuration(), new Script(), new Postgres());

    @Test
    void seesEverythingOfItsOwn() {
        objects.cached(
                resources.claimService(FORK),
                resources.service(FORK),
                resources.configMap(FORK),
                SeenInstances.volume("Bound"),
                resources.statefulSet(FORK),
                SeenInstances.running(true),
                secret("pr-42-tls", Map.of("ca.crt", "authority")),
                secret("pr-42-roles", Map.of("pgfork.password", "secret")));
        var seen = observe(true);
        assertThat(seen.nameTaken()).isEmpty();
        assertThat(seen.claim()).isPresent();
        assertThat(seen.service()).isPresent();
        assertThat(seen.config()).isPresent();
        assertThat(seen.volume()).isPresent();
        assertThat(seen.statefulSet()).isPresent();
        assertThat(seen.pod()).isPresent();
        assertThat(seen.tls()).isPresent();
        assertThat(seen.roles()).isPresent();
        assertThat(seen.script().found()).isPresent();
        assertThat(seen.server().found()).isPresent();
        assertThat(objects.asked).as("the name is claimed, so nothing is asked").isEmpty();
    }

    /** Only the script knows what a standby needs to go on. */
    @Test
    void asksTheScriptWhyReplayStandsStill() {
        objects.cached(
                SeenInstances.running(true),
                secret("pr-42-tls", Map.of("ca.crt", "authority")),
                secret("pr-42-roles", Map.of("pgfork.password", "secret")));
        var said = server.get();
        assertThat(observe(false).script().found()).isEmpty();
        server = () -> new ServerReport(
                said.uid(),
                said.generation(),
                said.revision(),
                said.version(),
                said.systemIdentifier(),
                said.timeline(),
                true,
                said.startedAt(),
                said.certificateSerial(),
                new ServerSettings("1.0/rev", Set.of(), Map.of(), true, true),
                Optional.empty());
        assertThat(observe(false).script().found()).isPresent();
    }

    /** One that does not answer may stream. */
    @Test
    void tellsAMemberThatDoesNotAnswerFromOneWithoutAPod() {
        var address = Optional.of(new ServerAddress("10.1.2.3", 5432, "authority", "secret"));
        var pod = Optional.of(SeenInstances.running(true));
        var found = new Member(Templates.PR_42, 2, false, false, pod, address);
        assertThat(sight(found)).isInstanceOf(Looked.Found.class);
        assertThat(sight(new Member(Templates.PR_42, 2, false, false, pod, Optional.empty())))
                .isInstanceOf(Looked.Unknown.class);
        assertThat(sight(new Member(Templates.PR_42, 2, false, false, Optional.empty(), Optional.empty())))
                .isInstanceOf(Looked.Absent.class);
        server = () -> {
            throw new Server.ServerException("timeout", new IllegalStateException());
        };
        assertThat(sight(found)).isInstanceOf(Looked.Unknown.class);
    }

    private Looked<ServerReport> sight(Member member) {
        return Objects.requireNonNull(observer.servers(Stream.of(member)).get(member.name()));
    }

    @Test
    void doesNotSeeWhatBelongsToAnother() {
        var foreign = new ServiceBuilder(resources.service(FORK))
                .editMetadata()
                .withOwnerReferences(Templates.SHOP.reference())
                .endMetadata()
                .build();
        objects.cached(resources.claimService(FORK), foreign);
        assertThat(observe(true).service()).isEmpty();
    }

    /** Made again under the name of the one that issued the member's certificate. */
    @Test
    void doesNotSeeTheAuthorityOfAnotherResourceOfThatName() {
        var member = Templates.follower();
        var authority = new SecretBuilder()
                .withNewMetadata()
                .withName("shop-ca")
                .withNamespace("prod")
                .withOwnerReferences(Templates.SHOP.reference())
                .endMetadata();
        objects.cached(authority.build());
        assertThat(observer.glance(member.owner(), 1, Optional.of(member)).authority())
                .isPresent();
        objects.cached(authority
                .editMetadata()
                .withOwnerReferences(Templates.PR_42.reference())
                .endMetadata()
                .build());
        assertThat(observer.glance(member.owner(), 1, Optional.of(member)).authority())
                .isEmpty();
    }

    @Test
    void doesNotSeeAnEarlierConfigMap() {
        objects.cached(
                resources.claimService(FORK),
                new InstanceResources(Templates.configuration("echo earlier\n")).configMap(FORK));
        assertThat(observe(true).config()).isEmpty();
    }

    @Test
    void asksNobodyWhileNoContainerRuns() {
        serving();
        objects.cached(SeenInstances.waiting("ContainerCreating", null));
        var seen = observe(true);
        assertThat(seen.script()).isInstanceOf(Looked.Absent.class);
        assertThat(seen.server()).isInstanceOf(Looked.Absent.class);
    }

    @Test
    void asksTheScriptOfAServingInstanceOnlyWhenTold() {
        serving();
        assertThat(observe(false).script()).isInstanceOf(Looked.Absent.class);
        assertThat(execs).isZero();
        assertThat(observe(true).script().found()).isPresent();
    }

    @Test
    void asksTheScriptWhenTheServerDoesNotAnswer() {
        serving();
        server = () -> {
            throw new Server.ServerException("connection refused", new IllegalStateException());
        };
        var seen = observe(false);
        assertThat(seen.server()).isEqualTo(new Looked.Unknown<>("connection refused"));
        assertThat(seen.script().found()).isPresent();
    }

    @Test
    void doesNotKnowWhatTheScriptSaysIfItCannotBeAsked() {
        serving();
        script = () -> {
            throw new ExecFailedException("no route", new IllegalStateException());
        };
        assertThat(observe(true).script()).isEqualTo(new Looked.Unknown<>("no route"));
        script = () -> {
            throw new VerbRefusedException("Busy", "another verb is at work");
        };
        assertThat(observe(true).script()).isEqualTo(new Looked.Unknown<>("another verb is at work"));
    }

    @Test
    void doesNotTakeAnotherServerAtThePodsAddressForItsOwn() {
        serving();
        server = () -> SeenInstances.report("uid-of-another", 2);
        assertThat(observe(false).server()).isInstanceOf(Looked.Unknown.class);
        server = () -> SeenInstances.report(Templates.PR_42.uid(), 1);
        assertThat(observe(false).server()).isInstanceOf(Looked.Unknown.class);
    }

    @Test
    void looksForKubernetesWordsOnlyWhenSomethingTakesLong() {
        objects.warning = Optional.of("ProvisioningFailed: no space left");
        var seen = SeenInstances.observation(
                SeenInstances.volume("Pending"), Optional.empty(), new Looked.Absent<>(), new Looked.Absent<>());
        var early = observer.diagnose(seen, CREATED.plusSeconds(5)).orElseThrow();
        assertThat(objects.asked).isEmpty();
        var late = observer.diagnose(seen, CREATED.plusSeconds(11)).orElseThrow();
        assertThat(early.message()).doesNotContain("no space left");
        assertThat(late.message()).startsWith(early.message()).contains("ProvisioningFailed: no space left");
        assertThat(late.reason()).isEqualTo("VolumeNotBound");
        assertThat(objects.asked).containsExactly("events of PersistentVolumeClaim pr-42-g2");
    }

    @Test
    void asksForTheClassOnlyOfAVolumeThatIsToGrow() {
        objects.cached(resources.claimService(FORK), SeenInstances.volume("Bound"));
        assertThat(observe(true).growth()).isEqualTo(Growth.NONE);
        assertThat(objects.asked).isEmpty();

        objects.cached(sized("1Gi", "1Gi"));
        var large = FORK.withAtLeast(new Quantity("100Ti"));
        assertThat(growth(large)).isEqualTo(new Growth(new Looked.Found<>(false), Optional.empty()));
        assertThat(objects.asked).containsExactly("StorageClass fast");

        var storageClass =
                new StorageClassBuilder().withNewMetadata().withName("fast").endMetadata();
        objects.stored(storageClass.withAllowVolumeExpansion(false).build());
        assertThat(growth(large).allowed()).isEqualTo(new Looked.Found<>(false));
        objects.stored(storageClass.withAllowVolumeExpansion(true).build());
        assertThat(growth(large).allowed()).isEqualTo(new Looked.Found<>(true));
    }

    @Test
    void asksForKubernetesWordsWhileAVolumeGrows() {
        objects.warning = Optional.of("VolumeResizeFailed: no space left");
        objects.cached(resources.claimService(FORK), sized("100Ti", "1Gi"));
        assertThat(growth(FORK)).isEqualTo(new Growth(new Looked.Absent<>(), objects.warning));
    }

    /** It is configured for the volume that it has, not for the one that is wanted. */
    @Test
    void seesTheConfigMapThatFitsTheVolume() {
        var large = FORK.withAtLeast(new Quantity("100Ti"));
        var growing = sized("100Ti", "50Ti");
        assertThat(large.on(Optional.of(growing)).storageSize()).isEqualTo(new Quantity("50Ti"));
        assertThat(large.on(Optional.of(sized("100Ti", "100Ti"))).storageSize()).isEqualTo(new Quantity("100Ti"));
        assertThat(FORK.on(Optional.of(sized("100Ti", "100Ti"))).storageSize()).isEqualTo(new Quantity("100Ti"));
        objects.cached(resources.claimService(FORK), growing, resources.configMap(large.on(Optional.of(growing))));
        assertThat(observer.observe(Templates.PR_42, 2, Optional.of(large), true)
                        .config())
                .isPresent();
    }

    private Growth growth(InstanceTemplate template) {
        return observer.observe(Templates.PR_42, 2, Optional.of(template), true).growth();
    }

    private static PersistentVolumeClaim sized(String requested, String capacity) {
        return new PersistentVolumeClaimBuilder(SeenInstances.volume("Bound"))
                .editSpec()
                .withStorageClassName("fast")
                .editResources()
                .withRequests(Map.of("storage", new Quantity(requested)))
                .endResources()
                .endSpec()
                .editStatus()
                .withCapacity(Map.of("storage", new Quantity(capacity)))
                .endStatus()
                .build();
    }

    @Test
    void saysWhatItKnowsIfKubernetesSaysNothing() {
        var seen = SeenInstances.observation(
                SeenInstances.volume("Bound"),
                Optional.of(SeenInstances.waiting("ContainerCreating", null)),
                new Looked.Absent<>(),
                new Looked.Absent<>());
        assertThat(observer.diagnose(seen, CREATED.plusSeconds(60))
                        .orElseThrow()
                        .reason())
                .isEqualTo("ContainerCreating");
        assertThat(objects.asked).containsExactly("events of Pod pr-42-g2-0");
    }

    private InstanceObservation observe(boolean askScript) {
        return observer.observe(Templates.PR_42, 2, Optional.of(FORK), askScript);
    }

    private void serving() {
        objects.cached(
                resources.claimService(FORK),
                SeenInstances.running(true),
                secret("pr-42-tls", Map.of("ca.crt", "authority")),
                secret("pr-42-roles", Map.of("pgfork.password", "secret")));
    }

    private static Secret secret(String name, Map<String, String> texts) {
        return new SecretBuilder()
                .withMetadata(InstanceResources.metadata(FORK, name))
                .withData(SecretData.encode(texts))
                .build();
    }

    private final class Script extends UnexpectedVerbs {
        @Override
        public ScriptStatus status(String namespace, String pod, Duration wait) {
            assertThat(wait).isZero();
            execs++;
            return script.get();
        }
    }

    private final class Postgres implements Server {
        @Override
        public ServerReport report(ServerAddress address) {
            assertThat(address).isEqualTo(new ServerAddress("10.1.2.3", 5432, "authority", "secret"));
            return server.get();
        }

        @Override
        public ForkSafety forkSafety(ServerAddress address) {
            throw new AssertionError("not asked");
        }

        @Override
        public long walSinceCheckpoint(ServerAddress address) {
            throw new AssertionError("not asked");
        }

        @Override
        public boolean checkpoint(ServerAddress address, Duration deadline) {
            throw new AssertionError("an observer changes nothing");
        }

        @Override
        public Lsn commitMarker(ServerAddress address, String content) {
            throw new AssertionError("an observer changes nothing");
        }

        @Override
        public ReplicationReport replication(ServerAddress address) {
            throw new AssertionError("not asked");
        }

        @Override
        public void expectPosition(ServerAddress address) {
            throw new AssertionError("nobody asks for it here");
        }

        @Override
        public SynchronousReport synchronous(ServerAddress address, boolean confirm) {
            throw new AssertionError("nobody asks for it here");
        }

        @Override
        public ServerPosition position(ServerAddress address) {
            throw new AssertionError("nobody asks for it here");
        }

        @Override
        public OptionalLong commitsBetween(ServerAddress address, Lsn from, Lsn to) {
            throw new AssertionError("not asked");
        }
    }
}
