package dev.pgfork.operator.database;

import static org.assertj.core.api.Assertions.assertThat;

import dev.pgfork.operator.action.Action;
import dev.pgfork.operator.action.Action.Verb;
import dev.pgfork.operator.instance.ScriptStatus.Phase;
import dev.pgfork.operator.kube.Looked;
import dev.pgfork.operator.postgres.Lsn;
import dev.pgfork.operator.postgres.ReplicationReport;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** What {@link MemberRepair} orders, beyond what DatabaseChangeoverTest shows. */
class MemberRepairTest extends OwnInstancePlanning {

    /** A fence that came late undid what the operator remembers as done. */
    @Test
    void whoWentAstrayIsToldToFollowThoughItWasToldBefore() {
        world.replication = new Looked.Found<>(new ReplicationReport.Primary(
                "uid-of-shop-replica", 2, 1, List.of(), new Lsn(0), new Lsn(1), List.of()));
        world.scripts = Map.of("shop-other", new Looked.Found<>(DatabaseWorld.script(Phase.fenced, "fenced", 2, null)));
        assertThat(plan().actions())
                .filteredOn(Action.Instruct.class::isInstance)
                .map(Action.Instruct.class::cast)
                .singleElement()
                .satisfies(instruct -> {
                    assertThat(instruct.key().member()).isEqualTo("shop-other");
                    assertThat(instruct.verb()).isInstanceOf(Verb.Follow.class);
                    assertThat(instruct.undone()).isTrue();
                });
    }
}
