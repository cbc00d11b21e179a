package dev.pgfork.cli.resource;

import static org.assertj.core.api.Assertions.assertThat;

import dev.pgfork.cli.Yaml;
import java.time.Instant;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class CommandTimeTest {

    @ParameterizedTest
    @CsvSource(nullValues = "-", textBlock = """
            -,                          -,                    2026-11-21T10:00:00Z
            2026-11-21T09:00:00Z,       -,                    2026-11-21T10:00:00Z
            2026-11-21T10:00:00Z,       -,                    2026-11-21T10:00:00.001Z
            2026-11-21T12:00:00+01:00,  -,                    2026-11-21T11:00:00.001Z
            -,                          2026-11-21T10:30:00Z, 2026-11-21T10:30:00.001Z
            2026-11-21T10:10:00Z,       2026-11-21T10:30:00Z, 2026-11-21T10:30:00.001Z
            """)
    void aPromotionIsLaterThanWhatWasHandled(String promotedAt, String failedOverAt, Instant expected) {
        var database = (PgResource.Database)
                PgResource.of(Yaml.read("""
                apiVersion: pgfork.dev/v1alpha1
                kind: PostgresDatabase
                metadata: {name: shop}
                status: {promotion: %s, failover: %s}
                """.formatted(handled(promotedAt), handled(failedOverAt))));
        assertThat(CommandTime.ofPromotion(database.status(), Instant.parse("2026-11-21T10:00:00Z")))
                .isEqualTo(expected);
    }

    @ParameterizedTest
    @CsvSource(nullValues = "-", textBlock = """
            -,                    2026-11-21T10:00:00Z
            2026-11-21T09:00:00Z, 2026-11-21T10:00:00Z
            2026-11-21T10:30:00Z, 2026-11-21T10:30:00.001Z
            """)
    void aResetIsLaterThanTheLastOne(String last, Instant expected) {
        var fork = (PgResource.Fork) PgResource.of(Yaml.read("""
                apiVersion: pgfork.dev/v1alpha1
                kind: PostgresFork
                metadata: {name: f}
                status: {reset: %s}
                """.formatted(handled(last))));
        assertThat(CommandTime.ofReset(fork.status(), Instant.parse("2026-11-21T10:00:00Z")))
                .isEqualTo(expected);
    }

    private static String handled(String at) {
        return at == null ? "null" : "{at: '%s'}".formatted(at);
    }
}
