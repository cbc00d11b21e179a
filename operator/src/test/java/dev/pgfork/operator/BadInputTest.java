package dev.pgfork.operator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import dev.pgfork.operator.action.ActionListener;
import dev.pgfork.operator.kube.Labels;
import dev.pgfork.operator.mock.SimulatedCluster;
import dev.pgfork.operator.status.Kstatus;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.apps.StatefulSet;
import io.fabric8.kubernetes.client.KubernetesClient;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Resources that the API server takes and that are wrong, or not possible: each one says why, in words that name what
 * is wrong, and leaves nothing half-made. One operator looks after all of them at once, and after good ones beside
 * them.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class BadInputTest {
    /** It is over at once: what waits needs somebody, so that no case has to wait for that. */
    private static final Duration STEP_DEADLINE = Duration.ofMillis(-1);

    private static final Set<String> DOCUMENTED = SeenResource.documentedReasons();

    private final SimulatedCluster cluster = SimulatedCluster.withSnapshots(Clock.systemUTC());
    private final KubernetesClient client = cluster.client();
    private final ErrorLog errors = new ErrorLog();
    private final TestOperator operator =
            TestOperator.start(cluster, Clock.systemUTC(), STEP_DEADLINE, new ActionListener() {});

    static Stream<BadInput> cases() {
        return Stream.of(BadDatabases.all(), BadForks.all(), BadFollowers.all()).flatMap(Function.identity());
    }

    @BeforeAll
    void makeSources() {
        BadInputWorld.make(cluster);
    }

    @AfterAll
    void close() {
        assertGoodOnesServe();
        operator.close();
        cluster.close();
        errors.close();
    }

    @Test
    void thereAreManyAndEachHasANameOfItsOwn() {
        assertThat(cases().map(BadInput::name)).doesNotHaveDuplicates().hasSizeGreaterThanOrEqualTo(60);
    }

    @ParameterizedTest
    @MethodSource("cases")
    void saysWhatIsWrongAndLeavesNothing(BadInput input) {
        var around = input.around().stream()
                .map(document -> BadInputWorld.make(client, document))
                .toList();
        var resource = BadInputWorld.make(client, input.yaml());
        try {
            await().atMost(Duration.ofSeconds(30))
                    .pollInterval(Duration.ofMillis(100))
                    .untilAsserted(() -> assertSaid(input, resource));
            if (input.leavesNothing()) {
                await().untilAsserted(() -> assertThat(belongings(resource)).isEmpty());
            }
            around.stream().filter(object -> !isOurs(object)).forEach(this::assertUntouched);
            assertThat(errors.seen()).isEmpty();
            assertThat(operator.broken()).isEmpty();
        } finally {
            client.resource(resource).delete();
            around.forEach(object -> client.resource(object).delete());
        }
    }

    private static boolean isOurs(HasMetadata object) {
        return object.getApiVersion().startsWith("pgfork.dev/");
    }

    /** A StatefulSet's own controller writes its status. */
    private void assertUntouched(HasMetadata object) {
        var there = client.resource(object).get();
        assertThat(there).isNotNull();
        there.getMetadata().setResourceVersion(object.getMetadata().getResourceVersion());
        if (there instanceof StatefulSet set) {
            set.setStatus(null);
        }
        assertThat(there).isEqualTo(object);
    }

    private void assertSaid(BadInput input, HasMetadata resource) {
        var seen = SeenResource.of(client.resource(resource).get());
        assertThat(seen.isOfNow()).isTrue();
        assertThat(seen.inconsistencies(DOCUMENTED)).isEmpty();
        var condition = seen.condition(input.place());
        if (condition.isPresent()) {
            assertThat(condition.get().getReason()).as("%s", condition.get()).isEqualTo(input.reason());
            assertThat(condition.get().getStatus()).isEqualTo(input.value());
            assertThat(condition.get().getMessage()).contains(input.words());
        } else {
            assertOutcome(input, seen.status());
        }
        if (input.place().equals("Stalled")) {
            assertThat(seen.kstatus()).isEqualTo(Kstatus.Failed);
        }
    }

    private static void assertOutcome(BadInput input, JsonNode status) {
        var outcome = status.path(input.place());
        assertThat(outcome.path("reason").asText()).as("%s", status).isEqualTo(input.reason());
        assertThat(outcome.path("outcome").asText()).isEqualTo(input.value());
        assertThat(outcome.path("message").asText()).contains(input.words());
    }

    /** Objects that the operator has made for it. */
    private List<String> belongings(HasMetadata resource) {
        var uid = resource.getMetadata().getUid();
        var name = resource.getMetadata().getName();
        return Stream.of(
                        client.services(),
                        client.secrets(),
                        client.configMaps(),
                        client.persistentVolumeClaims(),
                        client.apps().statefulSets())
                .flatMap(type -> type.inAnyNamespace().withLabel(Labels.INSTANCE, name).list().getItems().stream())
                .map(object -> (HasMetadata) object)
                .filter(object -> belongs(object, uid))
                .map(object -> object.getKind() + " " + object.getMetadata().getName())
                .toList();
    }

    private static boolean belongs(HasMetadata object, String uid) {
        var meta = object.getMetadata();
        return meta.getOwnerReferences().stream()
                        .anyMatch(owner -> owner.getUid().equals(uid))
                || (meta.getAnnotations() != null
                        && uid.equals(meta.getAnnotations().get(Labels.OWNER_UID)));
    }

    /** Bad resources come and go; the good ones beside them serve. */
    private void assertGoodOnesServe() {
        var prod = client.genericKubernetesResources("pgfork.dev/v1alpha1", "PostgresDatabase")
                .inNamespace("prod");
        await().atMost(Duration.ofSeconds(30))
                .untilAsserted(() -> assertThat(List.of("shop", "masked"))
                        .allSatisfy(name -> assertThat(
                                        SeenResource.of(prod.withName(name).require())
                                                .kstatus())
                                .isEqualTo(Kstatus.Current)));
    }
}
