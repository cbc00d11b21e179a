package dev.pgfork.operator.action;

import dev.pgfork.operator.kube.Notice;
import dev.pgfork.operator.kube.Owner;
import dev.pgfork.operator.status.Conditions;
import io.fabric8.kubernetes.api.model.Condition;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Tells people, by an event, whenever the reason why a resource serves, or does not, changes. */
public final class Announcements {
    /** Somebody wanted that it serves no more. */
    private static final Set<String> INTENDED = Set.of("Suspending", "Expiring", "Resetting");

    private Announcements() {}

    /** @param before conditions of the last status, {@code null} for a new resource */
    public static List<Action> of(Owner owner, @Nullable List<Condition> before, List<Condition> after) {
        var now = Conditions.summary(after).orElseThrow();
        var was = Conditions.summary(before);
        if (was.isPresent() && Objects.equals(was.get().getReason(), now.getReason())) {
            return List.of();
        }
        var failed = FailureText.isFailure(now.getReason());
        var lost = was.filter(condition -> "True".equals(condition.getStatus())).isPresent()
                && now.getType().equals(Conditions.READY)
                && !INTENDED.contains(now.getReason());
        var bad = Conditions.isTrue(after, Conditions.STALLED) || lost || failed;
        return List.of(new Action.Announce(
                new Notice(owner, bad ? Notice.Type.Warning : Notice.Type.Normal, now.getReason(), now.getMessage())));
    }
}
