package dev.pgfork.operator.instance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.pgfork.operator.kube.Owner;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ReplicationNamesTest {
    private static final int LONGEST_IDENTIFIER = 63;

    @Test
    void aSlotTellsNamesakesApart() {
        var slot = ReplicationNames.slot(owner("shop-replica", "6F0C9A1B-2222-4444-8888-123456789abc"));
        assertThat(slot).isEqualTo("pgfork_shop_replica_6f0c9a1b");
        assertThat(ReplicationNames.isOurs(slot)).isTrue();
    }

    @Test
    void aSlotSaysWhoseItIs() {
        assertThat(ReplicationNames.member("pgfork_shop_replica_6f0c9a1b")).isEqualTo("shop-replica");
        assertThatIllegalArgumentException().isThrownBy(() -> ReplicationNames.member("debezium"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"debezium", "pgfork", "pgfork_mine", "pgfork_shop_6f0c9a1", "my_pgfork_shop_6f0c9a1b"})
    void othersSlotsAreLeftAlone(String slot) {
        assertThat(ReplicationNames.isOurs(slot)).isFalse();
    }

    @Test
    void theLongestNameFits() {
        var name = "a".repeat(45);
        assertThat(ReplicationNames.role(name)).hasSizeLessThanOrEqualTo(LONGEST_IDENTIFIER);
        assertThat(ReplicationNames.slot(owner(name, "6f0c9a1b-2222"))).hasSizeLessThanOrEqualTo(LONGEST_IDENTIFIER);
    }

    @Test
    void noMemberIsCalledLikeTheGroup() {
        assertThat(ReplicationNames.role("replication")).isNotEqualTo(ReplicationNames.GROUP);
    }

    @Test
    void namesWithDashesAreQuotedInSynchronousStandbyNames() {
        assertThat(Membership.anyOf(1, List.of("shop-b", "shop-a"))).containsExactly("ANY 1 (\"shop-a\", \"shop-b\")");
    }

    private static Owner owner(String name, String uid) {
        return new Owner("pgfork.dev/v1alpha1", "PostgresFollower", "prod", name, uid);
    }
}
