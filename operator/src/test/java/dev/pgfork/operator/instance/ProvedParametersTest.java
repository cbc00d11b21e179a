package dev.pgfork.operator.instance;

import static org.assertj.core.api.Assertions.assertThat;

import dev.pgfork.api.v1alpha1.ConfigurationStatus;
import java.util.Map;
import org.junit.jupiter.api.Test;

class ProvedParametersTest {
    private static final Map<String, String> PROVED = Map.of("work_mem", "4MB", "max_connections", "150");
    private static final ConfigurationStatus NOTED = new ConfigurationStatus("2026-11-22T10:00:00Z", PROVED, null);

    /** One bad value must not take all members at once. */
    @Test
    void followersGetAheadOfTheirLeaderOnlyWhatItsPrimaryHasToWaitFor() {
        var wanted = Map.of("work_mem", "8MB", "max_connections", "200", "shared_preload_libraries", "no_such_library");
        assertThat(ProvedParameters.inheritable(wanted, NOTED))
                .isEqualTo(Map.of("work_mem", "4MB", "max_connections", "200"));
        assertThat(ProvedParameters.inheritable(wanted, ProvedParameters.reject(wanted, "no such library", NOTED)))
                .isEqualTo(PROVED);
        assertThat(ProvedParameters.inheritable(Map.of("work_mem", "4MB", "max_connections", "50"), NOTED))
                .as("the leader goes first")
                .isEqualTo(PROVED);
        assertThat(ProvedParameters.inheritable(wanted, null))
                .as("there is nothing to lose")
                .isEqualTo(wanted);
    }
}
