package dev.pgfork.operator.instance;

import static org.assertj.core.api.Assertions.assertThat;

import dev.pgfork.operator.postgres.Lsn;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Forks of a fork whose server was stopped: there is nothing to replay, and nobody to ask. */
@Tag("postgres")
class StoppedSourceInstanceScriptTest {
    private final Instances instances = new Instances();

    @AfterEach
    void end() {
        instances.close();
    }

    @Test
    void haveWhatWasWrittenBeforeTheStopOnATimelineOfTheirOwn() {
        var golden = instances.forkOf(instances.database().running()).running();
        golden.sql("app", "CREATE TABLE public.t AS SELECT 1 AS i");
        var marked = golden.sql("postgres", "SELECT pg_logical_emit_message(true, 'pgfork', 'suspension')");
        golden.sql("app", "INSERT INTO public.t VALUES (2)");
        var identifier = golden.call("status").path("systemIdentifier").asText();
        assertThat(golden.stop("TERM")).as("stopped cleanly").isZero();

        var seed = new Seed.Snapshot("snapshot", identifier, Lsn.parse(marked), 2);
        var fork = instances
                .on(
                        instances.copy(golden.volume),
                        Instances.template("pr-44", "PostgresFork", "pr-44-uid", Map.of(), seed))
                .running();

        var status = fork.call("status");
        assertThat(status.path("timeline").asInt()).isEqualTo(3);
        assertThat(status.path("openedBy").asText()).isEqualTo("pr-44-uid/1");
        assertThat(Lsn.parse(status.path("switchPoint").asText())).isGreaterThan(Lsn.parse(marked));
        assertThat(fork.sql("app", "SELECT string_agg(i::text, ',' ORDER BY i) FROM public.t"))
                .isEqualTo("1,2");
    }
}
