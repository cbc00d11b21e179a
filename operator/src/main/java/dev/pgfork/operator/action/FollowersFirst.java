package dev.pgfork.operator.action;

import dev.pgfork.operator.instance.InstanceTemplate;
import dev.pgfork.operator.kube.Looked;
import dev.pgfork.operator.postgres.RecoveryLimits;
import dev.pgfork.operator.postgres.ServerReport;
import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;

/**
 * A standby that has less of {@link RecoveryLimits} than its primary would stand still: so a primary gets more of them
 * last.
 *
 * <table>
 * <caption>Of each other member</caption>
 * <tr><th>seen</th><th>the primary</th></tr>
 * <tr><td>it has no pod</td><td>does not wait: it takes as much as it needs when it starts</td></tr>
 * <tr><td>its server does not answer</td><td>waits</td></tr>
 * <tr><td>its server has less</td><td>waits</td></tr>
 * <tr><td>its server has as much</td><td>does not wait</td></tr>
 * </table>
 */
final class FollowersFirst {
    private FollowersFirst() {}

    /** @return what a primary has to wait for, for people; empty: nothing */
    static Optional<String> wait(InstanceTemplate wanted, ServerReport primary, ParameterChange.Around around) {
        var limits = RecoveryLimits.of(wanted.parameters());
        var raised = RecoveryLimits.above(limits, primary.settings().limits());
        if (raised.isEmpty() || !around.hasOthers()) {
            return Optional.empty();
        }
        var what = String.join(", ", raised);
        if (around.others().isEmpty()) {
            return Optional.of("The followers are asked whether they have enough of " + what);
        }
        var lacking = new TreeSet<String>();
        var silent = new TreeSet<String>();
        around.others().get().forEach((name, looked) -> {
            switch (looked) {
                case Looked.Absent<ServerReport> absent -> {}
                case Looked.Unknown<ServerReport> unknown -> silent.add(name);
                case Looked.Found<ServerReport>(ServerReport other) -> {
                    if (lacks(limits, other.settings().limits(), raised)) {
                        lacking.add(name);
                    }
                }
            }
        });
        if (lacking.isEmpty() && silent.isEmpty()) {
            return Optional.empty();
        }
        var text = new StringBuilder("Before the primary gets more of " + what + ", its standbys must have as much, or"
                + " their replay would stop.");
        if (!silent.isEmpty()) {
            text.append(" Not known of ")
                    .append(String.join(", ", silent))
                    .append(": no server answers in its pod; bring it up, or delete what is not needed.");
        }
        if (!lacking.isEmpty()) {
            text.append(" Not so yet: ")
                    .append(String.join(", ", lacking))
                    .append(". ")
                    .append(advice(wanted));
        }
        return Optional.of(text.toString());
    }

    private static boolean lacks(Map<String, Integer> limits, Map<String, Integer> has, Iterable<String> raised) {
        var above = RecoveryLimits.above(limits, has);
        for (var name : raised) {
            if (above.contains(name)) {
                return true;
            }
        }
        return false;
    }

    private static String advice(InstanceTemplate primary) {
        var membership = primary.membership();
        return membership.isUnder(primary.owner())
                ? "They do not inherit from this follower: set it in spec.parameters of "
                        + membership.authority().kind() + " "
                        + membership.authority().name()
                        + " too, from which its followers and its own instance take theirs. If that is done, their"
                        + " condition " + ParameterChange.CONDITION + " says why"
                : "A follower takes that over by itself; if it does not, its condition " + ParameterChange.CONDITION
                        + " says why";
    }
}
