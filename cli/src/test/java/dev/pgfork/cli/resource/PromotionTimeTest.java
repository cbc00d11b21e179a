package dev.pgfork.cli.resource;

import static org.assertj.core.api.Assertions.assertThat;

import dev.pgfork.api.v1alpha1.LastFailover;
import dev.pgfork.api.v1alpha1.PostgresDatabaseStatus;
import dev.pgfork.api.v1alpha1.PromotionStatus;
import java.time.Instant;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PromotionTimeTest {

    @ParameterizedTest
    @CsvSource(nullValues = "-", textBlock = """
            -,                          -,                    2026-11-21T10:00:00Z
            2026-11-21T09:00:00Z,       -,                    2026-11-21T10:00:00Z
            2026-11-21T10:00:00Z,       -,                    2026-11-21T10:00:00.001Z
            2026-11-21T12:00:00+01:00,  -,                    2026-11-21T11:00:00.001Z
            -,                          2026-11-21T10:30:00Z, 2026-11-21T10:30:00.001Z
            2026-11-21T10:10:00Z,       2026-11-21T10:30:00Z, 2026-11-21T10:30:00.001Z
            """)
    void isLaterThanWhatWasHandled(String promotedAt, String failedOverAt, Instant expected) {
        var none = PostgresDatabaseStatus.EMPTY;
        var status = new PostgresDatabaseStatus(
                none.phase(),
                none.conditions(),
                none.observedGeneration(),
                none.instance(),
                none.binding(),
                none.primary(),
                none.epoch(),
                promotedAt == null ? null : new PromotionStatus(promotedAt, "r", null, null, null),
                none.changeover(),
                none.followers(),
                none.forks(),
                none.synchronous(),
                none.lastSeen(),
                none.outage(),
                failedOverAt == null
                        ? null
                        : new LastFailover("a", "b", true, failedOverAt, null, null, null, null, "m"));
        assertThat(PromotionTime.after(status, Instant.parse("2026-11-21T10:00:00Z")))
                .isEqualTo(expected);
    }
}
