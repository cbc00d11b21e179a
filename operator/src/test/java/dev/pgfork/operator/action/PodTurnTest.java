package dev.pgfork.operator.action;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** The table of {@link PodTurn}: shop is followed by others. */
class PodTurnTest extends PodPlanning {
    @Test
    void thePrimaryWaitsForItsFollowers() {
        wanted = with("postgres:17", memory("2Gi"), Map.of());
        set = resources.statefulSet(wanted);
        members = List.of(follower("shop-replica", WAS, true, 600, null));
        assertThat(plan()).isEmpty();
        expect("False", "MembersFirst", "shop-replica");
        now = NOW.plus(DEADLINE).plusSeconds(1);
        plan();
        expect("False", "MembersNotReady", "shop-replica");

        members = List.of(follower("shop-replica", wanted, false, 10, null));
        assertThat(plan()).as("its new pod is on its way").isEmpty();
        members = List.of(follower("shop-replica", wanted, true, 20, null));
        assertThat(plan()).containsExactly("PersistIntent", "Delete Pod shop-g1-0");
    }

    @Test
    void nobodyWaitsForOneThatIsDownForLongOrRefused() {
        wanted = with("postgres:17", memory("2Gi"), Map.of());
        set = resources.statefulSet(wanted);
        members = List.of(follower("down", WAS, false, 600, null), follower("refused", WAS, true, 600, "ImageRefused"));
        assertThat(plan()).containsExactly("PersistIntent", "Delete Pod shop-g1-0");
    }

    @Test
    void followersTakeTurns() {
        var leader = with("postgres:17", memory("2Gi"), Map.of());
        var all = List.of(follower("a", WAS, true, 600, null), follower("b", WAS, true, 600, null));
        assertThat(PodTurn.before("a", leader, "shop", all, DEADLINE, NOW)).isEmpty();
        assertThat(PodTurn.before("b", leader, "shop", all, DEADLINE, NOW)).containsExactly("a");
        assertThat(PodTurn.before("shop", leader, "shop", all, DEADLINE, NOW)).containsExactly("a", "b");
        var promoted = List.of(follower("a", WAS, true, 600, null), follower("b", leader, true, 600, null));
        assertThat(PodTurn.before("b", leader, "a", promoted, DEADLINE, NOW))
                .as("the primary is the last")
                .isEmpty();
    }
}
