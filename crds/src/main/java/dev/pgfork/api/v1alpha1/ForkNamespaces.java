package dev.pgfork.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.ValidationRule;
import io.fabric8.kubernetes.api.model.LabelSelector;
import org.jspecify.annotations.Nullable;

/** In which namespaces forks may be made, as the Gateway API spells such a rule. */
@ValidationRule(
        value = "(self.from == 'Selector') == has(self.selector)",
        message = "selector belongs to from: Selector, and only there")
public record ForkNamespaces(
        @JsonPropertyDescription(
                "Same: only this resource's own; All; Selector: this resource's own and those with such labels.")
        @Required
        From from,

        @JsonPropertyDescription("Labels of the namespaces, with from: Selector. An empty one selects all.") @Nullable
        LabelSelector selector) {

    /** Which namespaces. */
    public enum From {
        Same,
        All,
        Selector
    }
}
