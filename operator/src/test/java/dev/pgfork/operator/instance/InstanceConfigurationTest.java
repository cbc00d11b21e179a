package dev.pgfork.operator.instance;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class InstanceConfigurationTest {
    private final InstanceConfiguration configuration = Templates.configuration();

    @Test
    void anotherScriptIsAnotherConfigMapButNoOtherRevision() {
        var changed = Templates.configuration("echo changed\n");
        assertThat(changed.configMapName(Templates.database()))
                .isNotEqualTo(configuration.configMapName(Templates.database()));
        assertThat(changed.revision(Templates.database())).isEqualTo(configuration.revision(Templates.database()));
    }

    @Test
    void anotherPgHbaIsAnotherConfigMapAndAnotherRevision() {
        assertThat(configuration.configMapName(Templates.database(true)))
                .isNotEqualTo(configuration.configMapName(Templates.database(false)));
        assertThat(configuration.revision(Templates.database(true)))
                .isNotEqualTo(configuration.revision(Templates.database(false)));
    }

    @Test
    void theServerReportsTheRevisionThatIsInItsFile() {
        assertThat(configuration.files(Templates.database()).get("postgresql.conf"))
                .contains(configuration.revision(Templates.database()));
    }

    @Test
    void theNameOfTheConfigMapTellsInstanceAndGeneration() {
        assertThat(configuration.configMapName(Templates.fork())).matches("pr-42-g2-[0-9a-f]{10}");
    }

    @Test
    void memoryIsTheLimitOfTheContainer() {
        assertThat(configuration.files(Templates.fork()).get("postgresql.conf")).contains("shared_buffers = '256MB'");
        assertThat(configuration.files(Templates.database()).get("postgresql.conf"))
                .doesNotContain("shared_buffers");
    }
}
