package dev.pgfork.operator.instance;

import static org.assertj.core.api.Assertions.assertThat;

import dev.pgfork.operator.kube.PodExec.ExecFailedException;
import dev.pgfork.operator.postgres.TimelineHistory;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class TimelineHistoriesTest {
    private final List<String> asked = new ArrayList<>();
    private String answer = "1\t0/3000148\tno recovery target specified\n# pgfork uid-a/1 2";
    private final TimelineHistories histories = new TimelineHistories(new UnexpectedVerbs() {
        @Override
        public String sql(String namespace, String pod, String database, String statements) {
            asked.add(pod + " " + statements);
            if (answer.equals("none")) {
                throw new ExecFailedException("no route", null);
            }
            return answer;
        }
    });

    @Test
    void asksTheScriptOfThePodOnceForEachTimeline() {
        var history = histories.of(pod("uid-1"), 26);
        assertThat(history).map(TimelineHistory::timeline).contains(26);
        assertThat(history.flatMap(TimelineHistory::origin))
                .get()
                .returns("1 0/3000148 uid-a/1 2", branch -> branch.text());
        assertThat(histories.of(pod("uid-1"), 26)).isEqualTo(history);
        assertThat(asked)
                .containsExactly("shop-g1-0 SELECT replace(encode(pg_read_binary_file("
                        + "'pg_wal/0000001A.history', 0, 1000000, true), 'escape'), '\\000', '')");
        histories.of(pod("uid-1"), 27);
        histories.of(pod("uid-2"), 26);
        assertThat(asked)
                .as("another timeline, and another pod with perhaps another volume")
                .hasSize(3);
    }

    @Test
    void asksNobodyWhereThereIsNothingToAsk() {
        assertThat(histories.of(pod("uid-1"), 1)).contains(TimelineHistory.FIRST);
        assertThat(histories.of(Optional.empty(), 2)).isEmpty();
        assertThat(asked).isEmpty();
    }

    @Test
    void doesNotTakeAFileThatIsNotThereForAHistory() {
        answer = "";
        assertThat(histories.of(pod("uid-1"), 2)).isEmpty();
        answer = "none";
        assertThat(histories.of(pod("uid-1"), 2)).isEmpty();
        answer = "1\t0/3000148\tno recovery target specified";
        assertThat(histories.of(pod("uid-1"), 2)).as("it may come").isPresent();
    }

    private static Optional<Pod> pod(String uid) {
        return Optional.of(new PodBuilder()
                .withNewMetadata()
                .withNamespace("prod")
                .withName("shop-g1-0")
                .withUid(uid)
                .endMetadata()
                .build());
    }
}
