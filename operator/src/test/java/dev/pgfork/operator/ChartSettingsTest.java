package dev.pgfork.operator;

import static org.assertj.core.api.Assertions.assertThat;

import dev.pgfork.operator.chart.RenderedChart;
import io.fabric8.kubernetes.api.model.EnvVar;
import io.fabric8.kubernetes.api.model.apps.Deployment;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** The chart hands over every setting, and the operator accepts what the chart hands over. */
class ChartSettingsTest {

    private static final String FIXED_IN_THE_POD = "PGFORK_HTTP_PORT";

    @Test
    void everySettingIsAValueOfTheChart() {
        var variables = RenderedChart.withDefaults()
                .only(Deployment.class)
                .getSpec()
                .getTemplate()
                .getSpec()
                .getContainers()
                .getFirst()
                .getEnv();
        assertThat(variables)
                .extracting(EnvVar::getName)
                .containsExactlyInAnyOrderElementsOf(OperatorConfig.SETTINGS.stream()
                        .map(Setting::name)
                        .filter(name -> !name.equals(FIXED_IN_THE_POD))
                        .toList());
        var environment = variables.stream()
                .collect(Collectors.toMap(
                        EnvVar::getName,
                        variable -> variable.getValue() == null ? "from-the-pod" : variable.getValue()));
        assertThat(OperatorConfig.read(environment).namespace()).isEqualTo("from-the-pod");
    }
}
