package dev.pgfork.operator.action;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.pgfork.operator.instance.Templates;
import dev.pgfork.operator.instance.UnexpectedVerbs;
import dev.pgfork.operator.postgres.Server;
import dev.pgfork.operator.postgres.ServerAddress;
import java.lang.reflect.Proxy;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class ChangeoverPreparerTest {
    private static final ServerAddress PRIMARY = new ServerAddress("10.0.0.1", 5432, "PEM", "secret");

    private final List<String> calls = new ArrayList<>();
    private boolean checkpointEnds = true;

    @Test
    void makesTheSlotsOnTheTargetAndThenCheckpointsThePrimary() {
        assertThat(prepare("pgfork_shop_0123abcd", "pgfork_shop_other_4567cdef"))
                .isTrue();
        assertThat(calls).hasSize(3);
        assertThat(calls.get(0))
                .startsWith("sql shop-replica-g1-0 postgres")
                .contains("pg_create_physical_replication_slot('pgfork_shop_0123abcd', true)")
                .contains("WHERE NOT EXISTS");
        // What an earlier attempt left keeps WAL from then on, or has lost it; never a primary's.
        assertThat(calls.get(0))
                .containsSubsequence(
                        "pg_drop_replication_slot(slot_name)",
                        "slot_name = 'pgfork_shop_0123abcd'",
                        "slot_type = 'physical' AND NOT active AND pg_is_in_recovery()",
                        "pg_create_physical_replication_slot");
        assertThat(calls.get(1)).contains("'pgfork_shop_other_4567cdef'");
        assertThat(calls.get(2)).isEqualTo("checkpoint 10.0.0.1:5432");
    }

    @Test
    void failsWhereTheCheckpointDoesNotEnd() {
        checkpointEnds = false;
        assertThatThrownBy(() -> prepare("pgfork_shop_0123abcd")).hasMessageContaining("nothing was changed");
    }

    @Test
    void writesNothingIntoSqlThatIsNotAName() {
        assertThatThrownBy(() -> prepare("x'; DROP TABLE customers; --")).hasMessageContaining("not a slot of pgfork");
        assertThat(calls).isEmpty();
    }

    private boolean prepare(String... slots) {
        var preparation = new Action.PrepareChangeover(
                new Action.PreparationKey(Templates.database().owner(), 8, "2026-11-21T10:00:00Z"),
                PRIMARY,
                "shop-replica-g1-0",
                List.of(slots));
        return new ChangeoverPreparer(server(), new SlotVerbs(), preparation).call();
    }

    /** A server that can do nothing but checkpoint. */
    private Server server() {
        return (Server) Proxy.newProxyInstance(
                Server.class.getClassLoader(), new Class<?>[] {Server.class}, (proxy, method, arguments) -> {
                    assertThat(method.getName()).isEqualTo("checkpoint");
                    calls.add("checkpoint " + arguments[0]);
                    return checkpointEnds;
                });
    }

    private final class SlotVerbs extends UnexpectedVerbs {
        @Override
        public String sql(String namespace, String pod, String database, String statements) {
            calls.add("sql " + pod + " " + database + " " + statements);
            return "";
        }
    }
}
