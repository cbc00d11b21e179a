package dev.pgfork.operator.standby;

import dev.pgfork.api.v1alpha1.DeletionPolicy;
import dev.pgfork.api.v1alpha1.InheritedForkRules;
import dev.pgfork.operator.instance.InstanceTemplate;
import dev.pgfork.operator.instance.Membership.Stopping;
import dev.pgfork.operator.kube.Owner;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What a follower needs to know of the resource that it follows, whatever kind that is.
 *
 * @param template the leader's own instance block, resolved; followers inherit from it
 * @param primary name of the instance that accepts the leader's writes
 * @param epoch rises with every change of the primary
 * @param synchronous parts of synchronous_standby_names of whoever is the primary
 * @param deletionPolicy what becomes of the volume of the primary when the leader is deleted
 * @param changing whether another instance is becoming the primary right now
 * @param stopping what is wanted of the pods of its members, by the name of the instance; those that are to run are
 *     left out
 * @param isStandby whether it follows somebody itself
 * @param isDeleting whether it is being deleted
 * @param serves whether its own Ready condition is true
 * @param trouble why it does not serve, for people
 * @param forks what is demanded of forks of its data, and so of those of its followers; {@code null}: not known
 */
public record LeaderInstance(
        InstanceTemplate template,
        String primary,
        long epoch,
        List<String> synchronous,
        DeletionPolicy deletionPolicy,
        boolean changing,
        Map<String, Stopping> stopping,
        boolean isStandby,
        boolean isDeleting,
        boolean serves,
        String trouble,
        @Nullable InheritedForkRules forks) {

    public LeaderInstance {
        synchronous = List.copyOf(synchronous);
        stopping = Map.copyOf(stopping);
    }

    /** The same with what is demanded of forks of its data. */
    public LeaderInstance demanding(InheritedForkRules demanded) {
        return new LeaderInstance(
                template,
                primary,
                epoch,
                synchronous,
                deletionPolicy,
                changing,
                stopping,
                isStandby,
                isDeleting,
                serves,
                trouble,
                demanded);
    }

    /** What is wanted of the pod of that member. */
    public Stopping stopping(String instance) {
        return stopping.getOrDefault(instance, Stopping.NO);
    }

    public Owner owner() {
        return template.owner();
    }

    /** Kind, namespace and name, for people. */
    public String describe() {
        return owner().kind() + " " + owner().namespace() + "/" + owner().name();
    }
}
