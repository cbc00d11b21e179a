package dev.pgfork.operator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.pgfork.api.v1alpha1.PostgresDatabase;
import dev.pgfork.api.v1alpha1.PostgresFollower;
import dev.pgfork.api.v1alpha1.PostgresFork;
import dev.pgfork.operator.action.ActionListener;
import dev.pgfork.operator.database.DatabaseResources;
import dev.pgfork.operator.instance.InstanceConfiguration;
import dev.pgfork.operator.instance.InstanceResources;
import dev.pgfork.operator.instance.InstanceScript;
import dev.pgfork.operator.mock.SimulatedCluster;
import dev.pgfork.operator.status.Kstatus;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.client.CustomResource;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.utils.KubernetesSerialization;
import java.io.UncheckedIOException;
import java.net.HttpURLConnection;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;

/**
 * Whatever the API server's schema takes: the operator reads it, never meets an error that it did not foresee, and says
 * how it stands with a reason that docs/operations.md explains. {@code -Dpgfork.seed} repeats a run,
 * {@code -Dpgfork.runs=full} makes it a long one.
 */
class SchemaFuzzTest {
    private static final boolean LONG = "full".equals(System.getProperty("pgfork.runs"));
    /**
     * A short run is the same each time: whoever changes something else must not be stopped by what it happens upon.
     */
    private static final long SEED = Long.getLong("pgfork.seed", LONG ? System.nanoTime() : 11);

    private static final KubernetesSerialization TYPES = new KubernetesSerialization();
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final Set<String> DOCUMENTED = SeenResource.documentedReasons();

    /** Few, so that resources meet: as sources, as leaders, and under one name. */
    private static final List<String> NAMES = List.of("shop", "a", "b", "c", "d", "z" + "-".repeat(43) + "z");

    private static final List<Class<? extends CustomResource<?, ?>>> KINDS =
            List.of(PostgresDatabase.class, PostgresFork.class, PostgresFollower.class);

    private final Random random = new Random(SEED);
    private final SchemaValues values = new SchemaValues(random, NAMES);

    private HasMetadata resource(Class<? extends CustomResource<?, ?>> kind, String name) {
        return TYPES.unmarshal(yaml(kind, name), kind);
    }

    private String yaml(Class<? extends CustomResource<?, ?>> kind, String name) {
        var resource = Map.of(
                "apiVersion", "pgfork.dev/v1alpha1",
                "kind", kind.getSimpleName(),
                "metadata", Map.of("name", name, "namespace", "fuzz"),
                "spec", values.spec(kind.getSimpleName()));
        try {
            return JSON.writerWithDefaultPrettyPrinter().writeValueAsString(resource);
        } catch (JsonProcessingException e) {
            throw new UncheckedIOException(e);
        }
    }

    private <T> T oneOf(List<T> choices) {
        return choices.get(random.nextInt(choices.size()));
    }

    /** A list is read whole: one resource that cannot be read would hide all others from the operator. */
    @Test
    void everythingCanBeReadAndRendered() {
        var rendered = new InstanceResources(new InstanceConfiguration(InstanceScript.load()));
        for (var left = LONG ? 20_000 : 300; left > 0; left--) {
            var kind = oneOf(KINDS);
            var yaml = yaml(kind, "a");
            assertThat(yaml).as("seed %d", SEED).satisfies(text -> {
                var resource = TYPES.unmarshal(text, kind);
                assertThat(TYPES.unmarshal(TYPES.asJson(resource), kind)).isEqualTo(resource);
                if (resource instanceof PostgresDatabase database) {
                    database.getMetadata().setUid("u");
                    var template = DatabaseResources.template(database);
                    assertThat(TYPES.asJson(rendered.statefulSet(template))).contains("a-g1");
                    assertThat(TYPES.asJson(rendered.volume(template))).contains("a-g1");
                    assertThat(TYPES.asJson(rendered.service(template))).contains("a");
                }
            });
        }
    }

    @Test
    void everythingGetsAReason() {
        try (var cluster = SimulatedCluster.withSnapshots(Clock.systemUTC());
                var errors = new ErrorLog();
                // Patience is over at once: what waits says so.
                var operator = TestOperator.start(
                        cluster, Clock.systemUTC(), Duration.ofMillis(-1), new ActionListener() {})) {
            BadInputWorld.make(cluster.client(), """
                    apiVersion: v1
                    kind: Namespace
                    metadata: {name: fuzz}
                    ---
                    apiVersion: v1
                    kind: ConfigMap
                    metadata: {name: masks, namespace: fuzz}
                    data: {mask.sql: UPDATE customers}
                    """);
            for (var round = LONG ? 60 : 3; round > 0; round--) {
                round(cluster.client(), errors);
                assertThat(operator.broken()).as("seed %d", SEED).isEmpty();
            }
        }
    }

    /** Resources that refer to each other; then some get another spec; then all are deleted at once. */
    private void round(KubernetesClient client, ErrorLog errors) {
        var made = new ArrayList<HasMetadata>();
        made.add(BadInputWorld.make(
                client, BadInput.DATABASE.replace("NAME", "shop").replace("prod", "fuzz")));
        var taken = new HashSet<String>(Set.of("PostgresDatabase shop"));
        for (var left = 7; left > 0; left--) {
            var kind = oneOf(KINDS);
            var name = oneOf(NAMES);
            if (taken.add(kind.getSimpleName() + " " + name)) {
                made.add(client.resource(resource(kind, name)).create());
            }
        }
        assertAllSay(client, made, errors);
        for (var each : made) {
            if (random.nextBoolean()) {
                var changed = resource(kindOf(each), each.getMetadata().getName());
                await("seed " + SEED)
                        .ignoreExceptionsMatching(SchemaFuzzTest::isConflict)
                        .until(() -> client.resource(withSpecOf(changed, there(client, each)))
                                        .update()
                                != null);
            }
        }
        assertAllSay(client, made, errors);
        made.forEach(each -> client.resource(each).delete());
        await("seed " + SEED + ": all go")
                .atMost(Duration.ofSeconds(60))
                .untilAsserted(() -> assertThat(made)
                        .allSatisfy(each -> assertThat(client.resource(each).get())
                                .as(text(client, each))
                                .isNull()));
        assertThat(errors.seen()).as("seed %d: errors", SEED).isEmpty();
    }

    /** The operator was quicker to write. */
    private static boolean isConflict(Throwable failure) {
        return failure instanceof KubernetesClientException refused
                && refused.getCode() == HttpURLConnection.HTTP_CONFLICT;
    }

    private static HasMetadata there(KubernetesClient client, HasMetadata resource) {
        return client.resources(kindOf(resource))
                .inNamespace("fuzz")
                .withName(resource.getMetadata().getName())
                .require();
    }

    private static Class<? extends CustomResource<?, ?>> kindOf(HasMetadata resource) {
        return KINDS.stream()
                .filter(kind -> kind.getSimpleName().equals(resource.getKind()))
                .findFirst()
                .orElseThrow();
    }

    /** Whatever the operator writes meanwhile. */
    @SuppressWarnings("unchecked")
    private static HasMetadata withSpecOf(HasMetadata changed, HasMetadata there) {
        var to = (CustomResource<Object, Object>) there;
        to.setSpec(((CustomResource<Object, Object>) changed).getSpec());
        to.getMetadata().setResourceVersion(null);
        return to;
    }

    private static void assertAllSay(KubernetesClient client, List<HasMetadata> made, ErrorLog errors) {
        await("seed " + SEED)
                .atMost(Duration.ofSeconds(60))
                .pollInterval(Duration.ofMillis(100))
                .failFast(() ->
                        assertThat(errors.seen()).as("seed %d: errors", SEED).isEmpty())
                .untilAsserted(() -> assertThat(made).allSatisfy(each -> {
                    var seen = SeenResource.of(client.resource(each).get());
                    assertThat(seen.isOfNow()).as(text(client, each)).isTrue();
                    assertThat(seen.inconsistencies(DOCUMENTED))
                            .as(text(client, each))
                            .isEmpty();
                    assertThat(seen.kstatus()).isNotEqualTo(Kstatus.Terminating);
                }));
    }

    /** Only of use once it fails, so it is made only then. */
    private static org.assertj.core.description.Description text(KubernetesClient client, HasMetadata each) {
        return new org.assertj.core.description.Description() {
            @Override
            public String value() {
                return "seed " + SEED + "\n"
                        + TYPES.asYaml(client.resource(each).get());
            }
        };
    }
}
