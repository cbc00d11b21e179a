package dev.pgfork.e2e.postgres;

import static org.assertj.core.api.Assertions.assertThat;

import dev.pgfork.e2e.postgres.WritableSpans.Answer;
import org.junit.jupiter.api.Test;

class WritableSpansTest {

    private final WritableSpans spans = new WritableSpans();

    @Test
    void oneAfterTheOtherIsAsItShouldBe() {
        answer("shop", "1", 0, 10);
        answer("shop", "1", 50, 60);
        answer("replica", "1", 100, 110);
        answer("replica", "1", 150, 160);
        answer("shop", "2", 200, 210);

        assertThat(spans.overlaps()).isEmpty();
        assertThat(spans.servers()).containsExactly("replica", "shop");
    }

    @Test
    void oneAnswerBetweenTwoOfAnotherProvesTwoPrimaries() {
        answer("shop", "1", 0, 10);
        answer("replica", "1", 20, 30);
        answer("shop", "1", 40, 50);

        assertThat(spans.overlaps()).singleElement().asString().contains("shop", "replica");
    }

    @Test
    void interlacedAnswersProveTwoPrimaries() {
        answer("shop", "1", 0, 10);
        answer("replica", "1", 20, 30);
        answer("shop", "1", 35, 45);
        answer("replica", "1", 60, 70);

        assertThat(spans.overlaps()).hasSize(1);
    }

    /** The first may have said yes at 0, and the second at 60. */
    @Test
    void questionsThatOverlapProveNothing() {
        answer("shop", "1", 0, 50);
        answer("replica", "1", 10, 60);
        answer("replica", "1", 80, 90);

        assertThat(spans.overlaps()).isEmpty();
    }

    @Test
    void aProcessThatCameBackIsAnotherOne() {
        answer("shop", "1", 0, 10);
        answer("replica", "1", 20, 30);
        answer("shop", "2", 40, 50);

        assertThat(spans.overlaps()).isEmpty();
    }

    /** Each is asked in a thread of its own, and nothing says whose answer is noted first. */
    @Test
    void theOrderInWhichAnswersAreNotedDoesNotMatter() {
        answer("shop", "1", 40, 50);
        answer("replica", "1", 20, 30);
        answer("shop", "1", 0, 10);

        assertThat(spans.overlaps()).hasSize(1);
    }

    private void answer(String server, String process, long asked, long answered) {
        spans.add(new Answer(server, process, asked, answered));
    }
}
