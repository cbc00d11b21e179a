package dev.pgfork.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import dev.pgfork.api.v1alpha1.PostgresFork;
import dev.pgfork.e2e.cluster.Instance;
import dev.pgfork.e2e.cluster.TestNamespace;
import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.Quantity;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import java.sql.SQLException;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Image, resources and pod settings of running instances change, of a leader and two followers and of a fork. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class PodReplacementIT {

    @RegisterExtension
    static final TestNamespace NAMESPACE = new TestNamespace();

    /** Another name of the image that the cluster has. */
    private static final String SAME_IMAGE = "docker.io/library/postgres:17";

    private static final String SMALL = "resources: {limits: {memory: 256Mi}}";

    private WatchedDatabase database;

    @BeforeAll
    void writeToADatabaseWithTwoFollowers() throws SQLException {
        database = WatchedDatabase.with(NAMESPACE, "replica", "second");
    }

    @Test
    @Order(1)
    void otherResourcesComeWithNewPodsThePrimarysLast() {
        var before = pods();
        change(SMALL);
        awaitReplaced(before);
        assertThat(database.members())
                .allSatisfy(
                        member -> assertThat(container(member).getResources().getLimits())
                                .containsEntry("memory", new Quantity("256Mi")));
        assertThat(database.shop().psql("show shared_buffers")).isEqualTo("64MB");
        var primary = created(database.shop());
        assertThat(database.members())
                .filteredOn(member -> !member.name().equals("shop"))
                .allSatisfy(member -> assertThat(created(member)).isBeforeOrEqualTo(primary));
        database.awaitAllFollow();
        database.awaitWritesTo(database.shop());
        database.assertNothingLost();
    }

    @Test
    @Order(2)
    void aWrongImageLeavesThePodsAsTheyAreAndIsNamed() {
        var before = pods();
        var last = database.lastWritten();
        var interruptions = database.writer().interruptions();
        change(SMALL + "\n  image: docker.io/library/postgres:17-no-such-image");
        NAMESPACE.eventually(
                "the image is refused",
                () -> assertThat(database.shop().condition("PodCurrent"))
                        .startsWith("False, ImageRefused:")
                        .contains("17-no-such-image"));
        assertThat(eventReasons()).contains("TryingImage", "ImageRefused");
        assertThat(pods()).isEqualTo(before);
        database.shop().awaitReady();
        NAMESPACE.eventually(
                "rows are written", () -> assertThat(database.lastWritten()).isGreaterThan(last));
        assertThat(database.writer().interruptions()).isEqualTo(interruptions);
    }

    /** A pod that Kubernetes makes meanwhile is as before. */
    @Test
    @Order(3)
    void aPodThatIsLostMeanwhileComesBackWithTheImageThatServed() {
        database.shop().deletePod();
        database.shop().awaitReady();
        assertThat(container(database.shop()).getImage()).isEqualTo("postgres:17");
    }

    @Test
    @Order(4)
    void aCorrectedImageGoesThrough() {
        var before = pods();
        change(SMALL + "\n  image: " + SAME_IMAGE);
        awaitReplaced(before);
        assertThat(database.members())
                .allSatisfy(member -> assertThat(container(member).getImage()).isEqualTo(SAME_IMAGE));
        assertThat(database.shop().databaseStatus().instance().image()).isEqualTo(SAME_IMAGE);
        NAMESPACE.eventually(
                "no trial is left",
                () -> assertThat(NAMESPACE
                                .client()
                                .pods()
                                .inNamespace(NAMESPACE.name())
                                .list()
                                .getItems())
                        .noneMatch(pod -> pod.getMetadata().getName().endsWith("-trial")));
        database.awaitAllFollow();
        database.awaitWritesTo(database.shop());
        database.assertNothingLost();
    }

    @Test
    @Order(5)
    void nodesThatAreNotThereLeaveThePodsAsTheyAre() {
        var before = pods();
        change(SMALL + "\n  image: " + SAME_IMAGE + "\n  pod: {nodeSelector: {pgfork.dev/e2e: nowhere}}");
        NAMESPACE.eventually(
                "no node takes the pod",
                () -> assertThat(database.shop().condition("PodCurrent")).startsWith("False, NotSchedulable:"));
        assertThat(pods()).isEqualTo(before);
        database.shop().awaitReady();

        change(SMALL + "\n  image: " + SAME_IMAGE);
        NAMESPACE.eventually(
                "the pod is as the spec says again",
                () -> assertThat(database.shop().condition("PodCurrent")).startsWith("True, Current:"));
        assertThat(pods()).isEqualTo(before);
    }

    @Test
    @Order(6)
    void aForkKeepsWhatItWasCutWithUnlessItsOwnSpecSaysOtherwise() {
        NAMESPACE.apply("""
                apiVersion: pgfork.dev/v1alpha1
                kind: PostgresFork
                metadata: {name: pr-7}
                spec: {from: {name: shop}}
                """);
        var fork = NAMESPACE.fork("pr-7").awaitReady();
        fork.psql("create table kept as select 1 as a");
        var before = fork.uidOfPod();
        NAMESPACE
                .client()
                .resources(PostgresFork.class)
                .inNamespace(NAMESPACE.name())
                .withName("pr-7")
                .patch(
                        PatchContext.of(PatchType.JSON_MERGE),
                        "{\"spec\":{\"resources\":{\"limits\":{\"memory\":\"384Mi\"}}}}");
        NAMESPACE.eventually("the fork has another pod", () -> {
            assertThat(fork.uidOfPod()).isNotEqualTo(before);
            assertThat(fork.condition("PodCurrent")).startsWith("True, Current:");
        });
        fork.awaitReady();
        assertThat(fork.psql("select a from kept")).isEqualTo("1");
        assertThat(fork.psql("show shared_buffers")).isEqualTo("96MB");
        fork.delete();
        fork.awaitGone();
    }

    @AfterAll
    void end() {
        if (database != null) {
            database.close();
        }
    }

    private Map<String, String> pods() {
        return database.members().stream().collect(Collectors.toMap(Instance::name, Instance::uidOfPod));
    }

    private void awaitReplaced(Map<String, String> before) {
        database.members()
                .forEach(member -> NAMESPACE.eventually(member + " has another pod", () -> {
                    assertThat(member.uidOfPod()).isNotEqualTo(before.get(member.name()));
                    assertThat(member.condition("PodCurrent")).startsWith("True, Current:");
                }));
        database.members().forEach(Instance::awaitReady);
    }

    private static Container container(Instance instance) {
        return pod(instance).getSpec().getContainers().getFirst();
    }

    private static Instant created(Instance instance) {
        return Instant.parse(pod(instance).getMetadata().getCreationTimestamp());
    }

    private static Pod pod(Instance instance) {
        return instance.pod().orElseThrow();
    }

    private static List<String> eventReasons() {
        return NAMESPACE.client().v1().events().inNamespace(NAMESPACE.name()).list().getItems().stream()
                .map(event -> event.getReason())
                .toList();
    }

    private static void change(String more) {
        NAMESPACE.apply(WatchedDatabase.MANIFEST + "  " + more + "\n");
    }
}
