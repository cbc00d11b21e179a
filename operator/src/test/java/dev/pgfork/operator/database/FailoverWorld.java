package dev.pgfork.operator.database;

import dev.pgfork.api.v1alpha1.ChangeoverStatus;
import dev.pgfork.api.v1alpha1.ChangeoverStep;
import dev.pgfork.api.v1alpha1.FailoverStatus;
import dev.pgfork.api.v1alpha1.FencedBy;
import dev.pgfork.api.v1alpha1.PrimaryPosition;
import dev.pgfork.operator.action.BesideWork.Progress;
import dev.pgfork.operator.instance.FenceProof;
import dev.pgfork.operator.instance.NodeState;
import dev.pgfork.operator.kube.Looked;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/** A primary shop that is down, and its standbys shop-replica and shop-other, which have received different amounts. */
final class FailoverWorld {
    static final PrimaryPosition LAST_SEEN =
            new PrimaryPosition("shop", "0/1D000000", 7, "7439281", "2026-11-21T09:59:50Z", "node-1", null, null);

    final ChangeoverWorld changeover = new ChangeoverWorld();
    final Map<String, Looked<MemberPosition>> followers = new HashMap<>();
    PrimaryHealth health = new PrimaryHealth.Down("ServerDown", "Instance shop says that its server is down");
    Optional<Progress<FenceProof>> verb = Optional.empty();
    boolean noReplicas;
    String pod = "RUNS";
    NodeState node = NodeState.READY;
    Optional<Quorum> quorum = Optional.empty();

    FailoverWorld() {
        see("shop-replica", "0/1C000000", "0/1C000000");
        see("shop-other", "0/1B000000", "0/1B000000");
    }

    void see(String name, String received, String replayed) {
        followers.put(name, new Looked.Found<>(FollowerChoiceTest.standby(7, received, replayed)));
    }

    FailoverPlanner.Sight seen() {
        return new FailoverPlanner.Sight(
                new FailoverObservation(
                        health, ProofOfFenceTest.seen(verb, noReplicas, pod, node), "node-1", followers),
                quorum,
                changeover.seen());
    }

    FollowerChoice.Field field() {
        return new FollowerChoice.Field(LAST_SEEN, followers, quorum, true);
    }

    static FenceProof crashed() {
        var clean = ChangeoverWorld.clean();
        return new FenceProof(
                "in production", clean.checkpoint(), clean.redo(), clean.timeline(), clean.systemIdentifier());
    }

    static ChangeoverStatus failover(ChangeoverStep step, boolean automatic, boolean force, boolean vouched) {
        var failover = FailoverStatus.begin(automatic, force, vouched, "node-1", LAST_SEEN);
        var proved = step == ChangeoverStep.Fencing ? failover : failover.fenced(FencedBy.PodEnded);
        return ChangeoverStatus.begin("shop", "shop-replica", 8, ChangeoverWorld.START.toString())
                .at(step, ChangeoverWorld.START.toString())
                .withFailover(proved);
    }
}
