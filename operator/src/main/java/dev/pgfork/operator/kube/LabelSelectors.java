package dev.pgfork.operator.kube;

import io.fabric8.kubernetes.api.model.LabelSelector;
import io.fabric8.kubernetes.api.model.LabelSelectorRequirement;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/** Whether labels are selected, as the API server decides it: the client only knows how to ask it. */
public final class LabelSelectors {
    private LabelSelectors() {}

    /** An empty selector selects everything; what cannot be understood selects nothing. */
    public static boolean matches(LabelSelector selector, Map<String, String> labels) {
        var exact = Objects.requireNonNullElse(selector.getMatchLabels(), Map.<String, String>of());
        var rules = Objects.requireNonNullElse(selector.getMatchExpressions(), List.<LabelSelectorRequirement>of());
        return labels.entrySet().containsAll(exact.entrySet())
                && rules.stream().allMatch(rule -> matches(rule, labels));
    }

    private static boolean matches(LabelSelectorRequirement rule, Map<String, String> labels) {
        var value = labels.get(rule.getKey());
        var values = Objects.requireNonNullElse(rule.getValues(), List.<String>of());
        return switch (rule.getOperator()) {
            case "In" -> value != null && values.contains(value);
            case "NotIn" -> !values.isEmpty() && (value == null || !values.contains(value));
            case "Exists" -> value != null;
            case "DoesNotExist" -> value == null;
            case null, default -> false;
        };
    }
}
