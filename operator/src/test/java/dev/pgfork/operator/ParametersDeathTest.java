package dev.pgfork.operator;

import static org.assertj.core.api.Assertions.assertThat;

import dev.pgfork.api.v1alpha1.ConfigurationStatus;
import dev.pgfork.api.v1alpha1.PostgresDatabaseStatus;
import dev.pgfork.operator.mock.SimulatedCluster;
import io.fabric8.kubernetes.api.model.Condition;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The operator dies before or after every action of a change of parameters, of a leader with a follower. */
class ParametersDeathTest {

    @ParameterizedTest
    @EnumSource
    void settingsAreInForceOrAsBeforeWhereverItDies(Death.Moment moment) {
        try (var cluster = SimulatedCluster.withSnapshots(Clock.systemUTC());
                var lives = new Lives(cluster, moment, Duration.ofSeconds(12))) {
            lives.makeDatabase();
            lives.makeFollower();
            assertThat(lives.live(() -> change(lives))).as("deaths").isGreaterThanOrEqualTo(moment.deathsOf(8));
            assertThat(cluster.instances().paused()).isEmpty();
        }
    }

    private static void change(Lives life) {
        var more = Map.of("work_mem", "8MB", "max_connections", "200");
        var less = Map.of("max_connections", "50");
        to(life, more);
        inForce(life, more);
        to(life, Map.of("max_connections", "200", "shared_preload_libraries", "no_such_library"));
        life.goOnUntil(() -> {
            assertThat(condition(database(life).conditions()))
                    .returns("False", Condition::getStatus)
                    .returns("ParametersRejected", Condition::getReason);
            assertThat(database(life).configuration()).isNotNull();
            assertThat(database(life).configuration().parameters()).isEqualTo(more);
        });
        to(life, less);
        inForce(life, less);
    }

    /** Not by a merge patch: the mock server keeps what is null in it. */
    private static void to(Lives life, Map<String, String> parameters) {
        life.client()
                .resource(life.database())
                .patch(
                        PatchContext.of(PatchType.JSON),
                        "[{\"op\": \"add\", \"path\": \"/spec/parameters\", \"value\": %s}]"
                                .formatted(Serialization.asJson(new TreeMap<>(parameters))));
    }

    private static void inForce(Lives life, Map<String, String> parameters) {
        life.goOnUntil(() -> {
            var follower = Objects.requireNonNull(life.follower().getStatus());
            isInForce(database(life).configuration(), database(life).conditions(), parameters);
            isInForce(follower.configuration(), follower.conditions(), parameters);
            assertThat(configurations(life))
                    .allSatisfy(text -> parameters.forEach(
                            (name, value) -> assertThat(text).contains(name + " = '" + value + "'")));
        });
    }

    private static void isInForce(
            ConfigurationStatus noted, List<Condition> conditions, Map<String, String> parameters) {
        assertThat(noted).isNotNull();
        assertThat(noted.parameters()).isEqualTo(parameters);
        assertThat(condition(conditions)).returns("True", Condition::getStatus);
    }

    /** What new pods would start with. */
    private static List<String> configurations(Lives life) {
        return life.client().apps().statefulSets().inNamespace("prod").list().getItems().stream()
                .map(set -> set.getSpec().getTemplate().getSpec().getVolumes().stream()
                        .filter(volume -> volume.getConfigMap() != null)
                        .map(volume -> volume.getConfigMap().getName())
                        .findFirst()
                        .orElseThrow())
                .map(name -> life.client()
                        .configMaps()
                        .inNamespace("prod")
                        .withName(name)
                        .require()
                        .getData()
                        .get("postgresql.conf"))
                .toList();
    }

    private static Condition condition(List<Condition> conditions) {
        return conditions.stream()
                .filter(each -> each.getType().equals("ParametersInForce"))
                .findFirst()
                .orElseThrow(() -> new AssertionError("no condition ParametersInForce"));
    }

    private static PostgresDatabaseStatus database(Lives life) {
        return Objects.requireNonNull(life.database().getStatus());
    }
}
