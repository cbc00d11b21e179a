package dev.pgfork.operator.standby;

import static org.assertj.core.api.Assertions.assertThat;

import dev.pgfork.operator.postgres.Lsn;
import org.junit.jupiter.api.Test;

class TimelineHistoryTest {
    private static final String HISTORY = """
            1\t0/3000148\tno recovery target specified

            12\tA/5000060\tno recovery target specified
            """;

    @Test
    void saysWhereEachTimelineEnds() {
        assertThat(TimelineHistory.end(HISTORY, 1)).contains(Lsn.parse("0/3000148"));
        assertThat(TimelineHistory.end(HISTORY, 12)).contains(Lsn.parse("A/5000060"));
        assertThat(TimelineHistory.end(HISTORY, 2)).isEmpty();
        assertThat(TimelineHistory.end("12\tA/5000060\tno recovery target specified", 1))
                .isEmpty();
        assertThat(TimelineHistory.end("", 1)).isEmpty();
    }
}
