package dev.pgfork.operator.action;

import dev.pgfork.operator.kube.Notice;
import dev.pgfork.operator.kube.Owner;
import dev.pgfork.operator.status.Conditions;
import io.fabric8.kubernetes.api.model.Condition;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Events about new settings: whatever keeps them from being in force, or disturbs clients for them, is news. */
final class ParameterNews {
    private static final Set<String> BAD = Set.of("ParametersRejected", "FollowersNotReady");

    private ParameterNews() {}

    static List<Action> of(Owner owner, @Nullable List<Condition> before, Conditions conditions) {
        var was = Conditions.find(before, ParameterChange.CONDITION);
        return Conditions.find(conditions.list(), ParameterChange.CONDITION)
                .filter(is -> "False".equals(is.getStatus()) && !"Reloading".equals(is.getReason()))
                .filter(is -> was.filter(last -> is.getReason().equals(last.getReason())
                                && is.getMessage().equals(last.getMessage()))
                        .isEmpty())
                .<Action>map(is -> new Action.Announce(new Notice(
                        owner,
                        BAD.contains(is.getReason()) ? Notice.Type.Warning : Notice.Type.Normal,
                        is.getReason(),
                        is.getMessage())))
                .stream()
                .toList();
    }
}
