package dev.pgfork.e2e.postgres;

import static org.assertj.core.api.Assertions.assertThat;

import dev.pgfork.e2e.postgres.WriteHistory.Term;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

class WriteHistoryTest {

    @Test
    void theLongestGapIsThatBetweenTwoAcknowledgements() {
        var history = new WriteHistory(List.of(write(1, 0, "a", 1), write(2, 5, "a", 1), write(4, 12, "b", 2)));

        assertThat(history.longestGap()).isEqualTo(Duration.ofNanos(7));
        assertThat(history.from(3).longestGap()).isZero();
        assertThat(history.numbers()).containsExactly(1L, 2L, 4L);
    }

    @Test
    void eachPrimaryHasATimelineOfItsOwn() {
        var history = new WriteHistory(
                List.of(write(1, 0, "a", 1), write(2, 1, "a", 1), write(3, 2, "b", 2), write(4, 3, "a", 3)));

        assertThat(history.terms()).containsExactly(new Term("a", 1), new Term("b", 2), new Term("a", 3));
        assertThat(history.contradictions()).isEmpty();
    }

    @Test
    void theOldPrimaryMustNotAcceptAnythingAfterItsSuccessor() {
        var history = new WriteHistory(List.of(write(1, 0, "a", 1), write(2, 1, "b", 2), write(3, 2, "a", 1)));

        assertThat(history.contradictions()).containsExactly(new Term("a", 1));
    }

    @Test
    void aTimelineMustNotHaveTwoPrimaries() {
        var history = new WriteHistory(List.of(write(1, 0, "a", 1), write(2, 1, "b", 1)));

        assertThat(history.contradictions()).containsExactly(new Term("b", 1));
    }

    private static Acknowledgement write(long number, long nanos, String server, int timeline) {
        return new Acknowledgement(number, nanos, server, timeline);
    }
}
