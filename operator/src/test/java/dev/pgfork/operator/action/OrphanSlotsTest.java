package dev.pgfork.operator.action;

import static org.assertj.core.api.Assertions.assertThat;

import dev.pgfork.operator.kube.Owner;
import dev.pgfork.operator.postgres.ReplicationReport.Slot;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The table of {@link OrphanSlots}: the members are shop and shop-replica. */
class OrphanSlotsTest {
    private static final List<Owner> MEMBERS =
            List.of(owner("shop", "0a0a0a0a-1111"), owner("shop-replica", "0b0b0b0b-2222"));

    @ParameterizedTest
    @CsvSource({
        "pgfork_shop_replica_0b0b0b0b, true,  false, false",
        "pgfork_shop_replica_0c0c0c0c, true,  false, true", // an earlier one of that name
        "pgfork_shop_other_0d0d0d0d,   true,  false, true",
        "pgfork_shop_other_0d0d0d0d,   true,  true,  false",
        "pgfork_shop_other_0d0d0d0d,   false, false, false",
        "barman,                       true,  false, false",
        "pgfork_mine,                  true,  false, false",
        "debezium_shop_0d0d0d0d,       false, false, false"
    })
    void areOursAndOfNobody(String slot, boolean physical, boolean active, boolean orphan) {
        var seen = List.of(new Slot(slot, physical, active, null, null));
        assertThat(OrphanSlots.of(seen, MEMBERS)).isEqualTo(orphan ? List.of(slot) : List.of());
    }

    @Test
    void areToldInOrder() {
        var seen = List.of(
                new Slot("pgfork_b_0d0d0d0d", true, false, null, null),
                new Slot("pgfork_a_0d0d0d0d", true, false, null, null));
        assertThat(OrphanSlots.of(seen, MEMBERS)).containsExactly("pgfork_a_0d0d0d0d", "pgfork_b_0d0d0d0d");
    }

    private static Owner owner(String name, String uid) {
        return new Owner("pgfork.dev/v1alpha1", "PostgresFollower", "prod", name, uid);
    }
}
