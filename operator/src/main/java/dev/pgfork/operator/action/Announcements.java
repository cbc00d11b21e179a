package dev.pgfork.operator.action;

import dev.pgfork.operator.kube.Notice;
import dev.pgfork.operator.kube.Owner;
import dev.pgfork.operator.status.Conditions;
import io.fabric8.kubernetes.api.model.Condition;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Tells people, by an event, whenever the reason why a resource serves, or does not, changes, or what is said of its
 * volume or its pod.
 */
public final class Announcements {
    /** Somebody wanted that it serves no more. */
    private static final Set<String> INTENDED = Set.of("Suspending", "Expiring", "Resetting");

    /** That a new volume has free space is no news. */
    private static final Map<String, String> FIRST = Map.of(VolumePlanner.DISK_SPACE, "Enough");

    /** Events whose reason would say too little without the type of the condition. */
    private static final Map<String, String> NAMES = Map.of(
            "Enough", "DiskSpaceEnough", "AlmostFull", "DiskAlmostFull", "Full", "DiskFull", "Current", "PodCurrent");

    /** What is not as wanted, and no trouble either. */
    private static final Set<String> ON_THE_WAY =
            Set.of("Resizing", "Replacing", "ReplacementPending", "MembersFirst", "TryingImage");

    private Announcements() {}

    /** @param before conditions of the last status, {@code null} for a new resource */
    public static List<Action> of(Owner owner, @Nullable List<Condition> before, List<Condition> after) {
        var news = new ArrayList<>(ofParts(owner, before, after));
        news.addAll(ofSummary(owner, before, after));
        return news;
    }

    private static List<Action> ofParts(Owner owner, @Nullable List<Condition> before, List<Condition> after) {
        var news = new ArrayList<Action>();
        for (var type : List.of(VolumePlanner.DISK_SPACE, VolumePlanner.RESIZED, PodReplacement.CONDITION)) {
            var was = Conditions.find(before, type).map(Condition::getReason).orElse(FIRST.get(type));
            Conditions.find(after, type)
                    .filter(condition -> !Objects.equals(was, condition.getReason()))
                    .map(condition -> new Action.Announce(new Notice(
                            owner,
                            isGood(condition) ? Notice.Type.Normal : Notice.Type.Warning,
                            NAMES.getOrDefault(condition.getReason(), condition.getReason()),
                            condition.getMessage())))
                    .ifPresent(news::add);
        }
        return news;
    }

    private static boolean isGood(Condition condition) {
        return "True".equals(condition.getStatus()) || ON_THE_WAY.contains(condition.getReason());
    }

    private static List<Action> ofSummary(Owner owner, @Nullable List<Condition> before, List<Condition> after) {
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
