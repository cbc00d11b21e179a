package dev.pgfork.operator.database;

import dev.pgfork.api.v1alpha1.ChangeoverStatus;
import dev.pgfork.api.v1alpha1.FailoverStatus;
import dev.pgfork.api.v1alpha1.PrimaryPosition;
import dev.pgfork.operator.action.Action.Verb;
import dev.pgfork.operator.action.BesideWork;
import dev.pgfork.operator.instance.FenceProof;
import dev.pgfork.operator.instance.InstanceObserver;
import dev.pgfork.operator.instance.Member;
import dev.pgfork.operator.instance.NodeState;
import dev.pgfork.operator.instance.PodLife;
import dev.pgfork.operator.kube.Looked;
import dev.pgfork.operator.kube.ObjectReader;
import dev.pgfork.operator.kube.Owner;
import io.fabric8.kubernetes.api.model.Node;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.apps.StatefulSet;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Looks at a primary that does not serve, and at those that could take its place. What may prove that it has ended is
 * asked for at the API server: a cache may be a moment behind, and a moment is enough for another pod.
 */
final class FailoverObserver {
    private final ObjectReader objects;
    private final InstanceObserver instances;
    private final ChangeoverObserver changeovers;
    private final BesideWork beside;

    FailoverObserver(
            ObjectReader objects, InstanceObserver instances, ChangeoverObserver changeovers, BesideWork beside) {
        this.objects = objects;
        this.instances = instances;
        this.changeovers = changeovers;
        this.beside = beside;
    }

    /**
     * While there is no failover.
     *
     * @param primary name of the instance
     * @param lastSeen where it was then; {@code null}: it never was
     */
    FailoverObservation before(
            Owner database, String primary, @Nullable PrimaryPosition lastSeen, List<Member> members) {
        var member = find(primary, members);
        var placed = member.flatMap(Member::node);
        // Once Kubernetes has deleted the pod of a lost node, only the record tells where it was.
        var node = placed.or(() -> Optional.ofNullable(lastSeen)
                        .filter(position -> position.instance().equals(primary))
                        .map(PrimaryPosition::node))
                .orElse(null);
        var state = state(whereItIs(member, node));
        // A node that is well says nothing of a pod that is not on it.
        var told = placed.isPresent() || state.isGone() ? state : NodeState.UNKNOWN;
        return observe(database, primary, 0, life(member, false), false, told, node, members);
    }

    /**
     * @param changeover a failover
     * @param failover that is made
     */
    FailoverObservation during(
            Owner database, ChangeoverStatus changeover, FailoverStatus failover, List<Member> members) {
        var member = find(changeover.from(), members);
        return observe(
                database,
                changeover.from(),
                changeover.epoch(),
                life(member, failover.stopPod()),
                failover.stopPod() && hasNoReplicas(member),
                state(whereItIs(member, failover.node())),
                failover.node(),
                members);
    }

    private FailoverObservation observe(
            Owner database,
            String primary,
            long epoch,
            Looked<PodLife> pod,
            boolean noReplicas,
            NodeState state,
            @Nullable String node,
            List<Member> members) {
        var member = find(primary, members);
        var fence = beside.progress(
                ChangeoverObserver.key(database, primary, epoch, Verb.Fence.class)
                        .work(),
                FenceProof.class);
        return new FailoverObservation(
                PrimaryHealth.of(new PrimaryHealth.Sight(
                        primary, writes(member), pod, state, instances.script(member.flatMap(Member::pod)))),
                new FenceObservation(fence, noReplicas, pod, state),
                node,
                followers(primary, members));
    }

    private static Optional<Member> find(String name, List<Member> members) {
        return members.stream().filter(each -> each.name().equals(name)).findFirst();
    }

    private Map<String, Looked<MemberPosition>> followers(String primary, List<Member> members) {
        var followers = new HashMap<String, Looked<MemberPosition>>();
        members.stream()
                .filter(member -> !member.name().equals(primary) && !member.isDeleting())
                .forEach(member -> followers.put(member.name(), withHistory(changeovers.position(member))));
        return followers;
    }

    /** One whose history is not known might have what the primary never had. */
    private static Looked<MemberPosition> withHistory(Looked<MemberPosition> seen) {
        return seen.found().filter(position -> position.history().isEmpty()).isPresent()
                ? new Looked.Unknown<>("the history of its timeline could not be read")
                : seen;
    }

    private Looked<Boolean> writes(Optional<Member> member) {
        return switch (member.map(changeovers::position).orElseGet(Looked.Absent::new)) {
            case Looked.Found<MemberPosition>(MemberPosition position) -> new Looked.Found<>(!position.inRecovery());
            case Looked.Absent<MemberPosition> absent -> new Looked.Absent<>();
            case Looked.Unknown<MemberPosition>(String reason) -> new Looked.Unknown<>(reason);
        };
    }

    /** The end of a pod is seen in the cache for a moment only; no other may have come under its name since. */
    private Looked<PodLife> life(Optional<Member> member, boolean stopping) {
        var cached = member.flatMap(Member::pod);
        if (cached.isEmpty()) {
            return new Looked.Absent<>();
        }
        var life = PodLife.of(cached.get());
        if (!stopping || life != PodLife.ENDED) {
            return new Looked.Found<>(life);
        }
        var meta = cached.get().getMetadata();
        try {
            var other = objects.getUncached(Pod.class, meta.getNamespace(), meta.getName())
                    .filter(pod -> !Objects.equals(pod.getMetadata().getUid(), meta.getUid()));
            return new Looked.Found<>(other.map(PodLife::of).orElse(life));
        } catch (KubernetesClientException e) {
            return new Looked.Unknown<>(String.valueOf(e.getMessage()));
        }
    }

    private boolean hasNoReplicas(Optional<Member> member) {
        try {
            return member.flatMap(one -> objects.getUncached(
                            StatefulSet.class,
                            one.owner().namespace(),
                            one.names().generationName()))
                    .filter(FailoverObserver::startsNone)
                    .isPresent();
        } catch (KubernetesClientException e) {
            return false;
        }
    }

    /** Its controller has seen that it wants none. */
    private static boolean startsNone(StatefulSet set) {
        var seen = set.getStatus() == null ? null : set.getStatus().getObservedGeneration();
        return Objects.equals(set.getSpec().getReplicas(), 0)
                && seen != null
                && seen >= Objects.requireNonNullElse(set.getMetadata().getGeneration(), Long.MAX_VALUE);
    }

    private NodeState state(@Nullable String node) {
        if (node == null) {
            return NodeState.UNKNOWN;
        }
        try {
            return NodeState.of(objects.getUncached(Node.class, null, node)
                    .<Looked<Node>>map(Looked.Found::new)
                    .orElseGet(Looked.Absent::new));
        } catch (KubernetesClientException e) {
            return NodeState.UNKNOWN;
        }
    }

    /**
     * The node that decides. Another pod may have been started elsewhere since; only the API server itself can say that
     * there is none.
     *
     * @param before that its pod was on when it was found to be down
     * @return {@code null}: not known
     */
    private @Nullable String whereItIs(Optional<Member> member, @Nullable String before) {
        if (member.isEmpty()) {
            return before;
        }
        try {
            return objects.getUncached(
                            Pod.class,
                            member.get().owner().namespace(),
                            member.get().names().pod())
                    .map(Pod::getSpec)
                    .map(spec -> spec.getNodeName())
                    .orElse(before);
        } catch (KubernetesClientException e) {
            return null;
        }
    }
}
