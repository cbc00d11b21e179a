package dev.pgfork.operator.postgres;

import static org.assertj.core.api.Assertions.assertThat;

import dev.pgfork.operator.postgres.TimelineHistory.Branch;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class TimelineHistoryTest {
    private static final String FILE = """
            1\t0/3000148\tno recovery target specified
            # pgfork 6f0c-uid/1 3

            12\tA/5000060\tno recovery target specified
            # somebody's comment
            """;

    private final TimelineHistory history = TimelineHistory.parse(13, FILE);

    @Test
    void saysWhereEachTimelineEnds() {
        assertThat(history.end(1)).contains(Lsn.parse("0/3000148"));
        assertThat(history.end(12)).contains(Lsn.parse("A/5000060"));
        assertThat(history.end(2)).isEmpty();
        assertThat(history.end(13)).isEmpty();
        assertThat(TimelineHistory.parse(1, "")).isEqualTo(TimelineHistory.FIRST);
    }

    @Test
    void saysWhoBeganATimeline() {
        assertThat(history.branches().getFirst().promotion()).contains("6f0c-uid/1 3");
        assertThat(history.origin()).contains(new Branch(12, Lsn.parse("A/5000060"), Optional.empty()));
        assertThat(TimelineHistory.FIRST.origin()).isEmpty();
        history.branches()
                .forEach(branch -> assertThat(Branch.parse(branch.text())).isEqualTo(branch));
    }

    @Test
    void isTheBeginningOfALaterOneThatHasAllOfIt() {
        var third = SampleHistories.of(3);
        assertThat(third.partsFrom(third)).isEmpty();
        assertThat(third.partsFrom(SampleHistories.of(5))).isEmpty();
        assertThat(TimelineHistory.FIRST.partsFrom(SampleHistories.of(5))).isEmpty();
        assertThat(TimelineHistory.FIRST.partsFrom(TimelineHistory.FIRST)).isEmpty();
    }

    @Test
    void partsFromAnotherAtTheFirstDifference() {
        var third = SampleHistories.of(3);
        assertThat(third.partsFrom(SampleHistories.other(3))).as("promotion").contains(new Lsn(0x2000));
        assertThat(third.partsFrom(with(new Branch(2, new Lsn(0x1800), Optional.empty()))))
                .as("earlier end")
                .contains(new Lsn(0x1800));
        assertThat(third.partsFrom(with(new Branch(2, new Lsn(0x2800), Optional.empty()))))
                .as("later end")
                .contains(new Lsn(0x2000));
        assertThat(third.partsFrom(new TimelineHistory(4, third.branches().subList(0, 1))))
                .as("a timeline that the other never had")
                .contains(new Lsn(0x2000));
        assertThat(third.partsFrom(new TimelineHistory(5, third.branches())))
                .as("its own the other never had")
                .contains(new Lsn(0x2000));
    }

    @Test
    void doesNotPartWhereOneDoesNotSayWhoBeganIt() {
        assertThat(SampleHistories.of(3).partsFrom(with(new Branch(2, new Lsn(0x2000), Optional.empty()))))
                .isEmpty();
    }

    private static TimelineHistory with(Branch last) {
        return new TimelineHistory(3, List.of(SampleHistories.of(3).branches().getFirst(), last));
    }
}
