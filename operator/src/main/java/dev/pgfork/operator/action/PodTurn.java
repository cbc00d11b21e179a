package dev.pgfork.operator.action;

import dev.pgfork.operator.cut.Inheritance;
import dev.pgfork.operator.instance.InstanceTemplate;
import dev.pgfork.operator.instance.Member;
import dev.pgfork.operator.instance.PodRevision;
import io.fabric8.kubernetes.api.model.Condition;
import java.time.Duration;
import java.time.Instant;
import java.util.List;

/**
 * Whose turn it is to get a new pod, of those that follow one another: one after the other, by name, the primary last.
 *
 * <table>
 * <caption>Who is waited for; first match wins</caption>
 * <tr><th>another member</th><th>waited for</th></tr>
 * <tr><td>is being deleted</td><td>no</td></tr>
 * <tr><td>is not ready, and its pod is missing, ends, or is younger than the deadline</td><td>yes: it may be on its
 * way</td></tr>
 * <tr><td>is not ready</td><td>no: it may be down for long, and is replaced without waiting for anybody</td></tr>
 * <tr><td>has the pod that it should, or the one that it should have was refused</td><td>no</td></tr>
 * <tr><td>is the primary</td><td>no</td></tr>
 * <tr><td>anything else</td><td>by the primary, and by those that come after it by name</td></tr>
 * </table>
 */
public final class PodTurn {
    private final InstanceTemplate leader;
    private final String primary;
    private final Duration deadline;
    private final Instant now;

    private PodTurn(InstanceTemplate leader, String primary, Duration deadline, Instant now) {
        this.leader = leader;
        this.primary = primary;
        this.deadline = deadline;
        this.now = now;
    }

    /**
     * @param name of the instance that is to get another pod
     * @param leader of which the followers take what they do not say themselves
     * @param primary name of the instance
     * @return names of those that are waited for
     */
    static List<String> before(
            String name,
            InstanceTemplate leader,
            String primary,
            List<Member> members,
            Duration deadline,
            Instant now) {
        var turn = new PodTurn(leader, primary, deadline, now);
        return members.stream()
                .filter(member -> !member.name().equals(name))
                .filter(member -> turn.isWaitedFor(member, name))
                .map(Member::name)
                .toList();
    }

    private boolean isWaitedFor(Member member, String name) {
        if (member.isDeleting()) {
            return false;
        }
        if (!member.isReady()) {
            return member.podAge(now).filter(age -> age.compareTo(deadline) > 0).isEmpty();
        }
        return !member.name().equals(primary)
                && (name.equals(primary) || member.name().compareTo(name) < 0)
                && !isCurrent(member)
                && !isRefused(member);
    }

    private boolean isCurrent(Member member) {
        var spec = member.spec();
        var image = spec == null || spec.image() == null ? leader.image() : spec.image();
        var resources = spec == null || spec.resources() == null ? leader.resources() : spec.resources();
        var pod = spec == null ? leader.pod() : Inheritance.pod(spec, leader);
        return member.pod()
                .map(seen -> PodRevision.of(seen, image, resources, pod).equals(PodRevision.of(image, resources, pod)))
                .orElse(false);
    }

    private static boolean isRefused(Member member) {
        return member.podCurrent()
                .map(Condition::getReason)
                .filter(PodReplacement.REFUSALS::contains)
                .isPresent();
    }
}
