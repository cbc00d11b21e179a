package dev.pgfork.operator.database;

import static org.assertj.core.api.Assertions.assertThat;

import dev.pgfork.api.v1alpha1.LeaderReference;
import dev.pgfork.api.v1alpha1.PostgresDatabaseStatus;
import dev.pgfork.api.v1alpha1.PostgresFollower;
import dev.pgfork.api.v1alpha1.PostgresFollowerSpec;
import dev.pgfork.operator.instance.InstanceConfiguration;
import dev.pgfork.operator.instance.InstanceObserver;
import dev.pgfork.operator.instance.InstanceScript;
import dev.pgfork.operator.instance.Member;
import dev.pgfork.operator.instance.Members;
import dev.pgfork.operator.instance.ScriptStatus;
import dev.pgfork.operator.instance.TimelineHistories;
import dev.pgfork.operator.instance.UnexpectedVerbs;
import dev.pgfork.operator.kube.ObjectsInMemory;
import dev.pgfork.operator.kube.Owner;
import dev.pgfork.operator.postgres.Lsn;
import dev.pgfork.operator.postgres.ReplicationReport;
import dev.pgfork.operator.postgres.ReplicationReport.Sender;
import dev.pgfork.operator.postgres.Server;
import dev.pgfork.operator.postgres.Server.ServerException;
import dev.pgfork.operator.postgres.ServerAddress;
import io.fabric8.kubernetes.api.model.ObjectMetaBuilder;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import java.lang.reflect.Proxy;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Whose scripts are asked: shop is the primary; a and b follow it. */
class MembersObserverTest {
    private static final Lsn END = Lsn.parse("0/1D000000");

    private final List<String> asked = new ArrayList<>();
    private final DatabaseWorld world = new DatabaseWorld();

    private final ObjectsInMemory objects = new ObjectsInMemory();

    private @Nullable ReplicationReport report;
    private Runnable meanwhile = () -> {};

    @Test
    void thoseThatThePrimaryDoesNotHearOfWhileItServes() {
        report = primary("a", "b");
        assertThat(scripts()).isEmpty();
        report = primary("a");
        assertThat(scripts()).containsExactly("b");
    }

    /** One of them may have taken its place, whatever it says: all that are not asked may be the primary. */
    @Test
    void allOthersWhileItDoesNotAnswer() {
        report = null;
        assertThat(scripts()).containsExactlyInAnyOrder("a", "b");
    }

    /** It may not have heard yet that it is the primary. */
    @Test
    void allOfThemAndItselfWhileItIsAStandby() {
        report = new ReplicationReport.Standby("uid-of-shop", 1, 1, List.of(), END, END, Optional.empty(), null, false);
        assertThat(scripts()).containsExactlyInAnyOrder("shop", "a", "b");
    }

    @Test
    void allWhereItIsNotOnRecordWhoIsThePrimary() {
        assertThat(observe(PostgresDatabaseStatus.EMPTY)).containsExactlyInAnyOrder("shop", "a", "b");
    }

    /** Its slot is in the report, and must not be taken for one of nobody. */
    @Test
    void seesAFollowerThatIsMadeWhileThePrimaryIsAsked() {
        report = primary("a", "b");
        meanwhile = () -> objects.cached(following("c"));
        assertThat(look(recorded()).all()).map(Member::name).contains("c");
    }

    private static PostgresFollower following(String name) {
        var follower = new PostgresFollower();
        follower.setMetadata(new ObjectMetaBuilder()
                .withNamespace("prod")
                .withName(name)
                .withUid("uid-of-" + name)
                .build());
        follower.setSpec(new PostgresFollowerSpec(
                null, null, null, null, null, null, new LeaderReference(null, "shop"), null, null, null, null));
        return follower;
    }

    private List<String> scripts() {
        return observe(recorded());
    }

    private List<String> observe(PostgresDatabaseStatus status) {
        look(status);
        return asked;
    }

    private MembersObservation look(PostgresDatabaseStatus status) {
        asked.clear();
        var owner = Owner.of(world.resource);
        var all = List.of(member(owner, true), member(follower("a"), false), member(follower("b"), false));
        var instances = new InstanceObserver(
                objects, new InstanceConfiguration(InstanceScript.load()), new Scripts(), server());
        return new MembersObserver(new Members(objects), instances, new TimelineHistories(new UnexpectedVerbs() {}))
                .observe(owner, world.seen().instance(), all, status);
    }

    private static PostgresDatabaseStatus recorded() {
        var empty = PostgresDatabaseStatus.EMPTY;
        return new PostgresDatabaseStatus(
                null,
                null,
                null,
                null,
                null,
                "shop",
                1L,
                null,
                null,
                null,
                null,
                empty.synchronous(),
                null,
                null,
                null,
                null,
                null);
    }

    private static Owner follower(String name) {
        return new Owner("pgfork.dev/v1alpha1", "PostgresFollower", "prod", name, "uid-of-" + name);
    }

    private static Member member(Owner owner, boolean own) {
        return new Member(
                owner,
                1,
                own,
                false,
                Optional.of(running(owner.name())),
                Optional.of(new ServerAddress("10.0.0.1", 5432, "PEM", "secret")));
    }

    private static Pod running(String name) {
        return new PodBuilder()
                .withNewMetadata()
                .withNamespace("prod")
                .withName(name + "-g1-0")
                .endMetadata()
                .withNewStatus()
                .addNewContainerStatus()
                .withName("postgres")
                .withNewState()
                .withNewRunning()
                .endRunning()
                .endState()
                .endContainerStatus()
                .endStatus()
                .build();
    }

    private static ReplicationReport primary(String... streaming) {
        return new ReplicationReport.Primary(
                "uid-of-shop",
                1,
                1,
                List.of(),
                new Lsn(0),
                END,
                List.of(streaming).stream()
                        .map(name -> new Sender(name, "streaming", END, END, END, "async"))
                        .toList());
    }

    private Server server() {
        return (Server) Proxy.newProxyInstance(
                Server.class.getClassLoader(), new Class<?>[] {Server.class}, (proxy, method, arguments) -> {
                    if (report == null) {
                        throw new ServerException("no route", new IllegalStateException());
                    }
                    assertThat(method.getName()).isEqualTo("replication");
                    meanwhile.run();
                    return report;
                });
    }

    private final class Scripts extends UnexpectedVerbs {
        @Override
        public ScriptStatus status(String namespace, String pod, Duration wait) {
            asked.add(pod.replace("-g1-0", ""));
            return DatabaseWorld.script(ScriptStatus.Phase.running, "standby", 1, null);
        }
    }
}
