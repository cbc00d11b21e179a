package dev.pgfork.operator.fork;

import static org.assertj.core.api.Assertions.assertThat;

import dev.pgfork.api.v1alpha1.ForkNamespaces;
import dev.pgfork.api.v1alpha1.ForkNamespaces.From;
import dev.pgfork.api.v1alpha1.ForkRules;
import dev.pgfork.api.v1alpha1.InheritedForkRules;
import io.fabric8.kubernetes.api.model.LabelSelector;
import io.fabric8.kubernetes.api.model.LabelSelectorBuilder;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Who may make forks where, along a line of forks: shop in prod, pr-1 of it in preview, pr-2 of that. */
class ForkConsentTest {
    private static final Map<String, String> PREVIEW = Map.of("tier", "preview");
    private static final Map<String, String> NONE = Map.of();

    @ParameterizedTest
    @CsvSource({
        ", preview, false",
        "Same, preview, false",
        "Same, prod, true",
        "All, preview, true",
        "All, other, true",
        "Selector, preview, true",
        "Selector, other, false",
        "Selector, prod, true",
    })
    void theOwnerOfTheDataSaysWhere(@Nullable From from, String namespace, boolean allowed) {
        assertThat(ForkConsent.ofOrigin("prod", rules(from)).allows(namespace, labels(namespace)))
                .isEqualTo(allowed);
    }

    @ParameterizedTest
    @CsvSource({
        // shop says, pr-1 says, where, may pr-1 be forked there
        "All,, other, true",
        "All, All, other, true",
        "All, Same, other, false",
        "All, Selector, other, false",
        "Selector,, other, false",
        "Selector, All, other, false",
        "Selector, Selector, more-preview, true",
        "Same, All, other, false",
        "Same, All, prod, true",
        "Selector, Same, more-preview, false",
    })
    void aForkMayOnlyDemandMore(From origin, @Nullable From copy, String namespace, boolean allowed) {
        var noted = ForkConsent.ofOrigin("prod", rules(origin)).noted();
        assertThat(ForkConsent.ofCopy("preview", rules(copy), noted).allows(namespace, labels(namespace)))
                .isEqualTo(allowed);
    }

    @Test
    void whatIsDemandedGoesDownTheWholeLine() {
        var first = ForkConsent.ofOrigin("prod", rules(From.Selector));
        var second = ForkConsent.ofCopy("preview", rules(From.Same), first.noted());
        var third = ForkConsent.ofCopy("preview", rules(From.All), second.noted());
        assertThat(third.allows("more-preview", PREVIEW)).isFalse();
        assertThat(third.allows("preview", NONE)).as("without its label by now").isFalse();
        assertThat(third.allows("preview", PREVIEW)).isTrue();
    }

    @Test
    void whereNothingIsKnownOfTheOriginNoOtherNamespaceIsAllowed() {
        for (var unknown : new @Nullable InheritedForkRules[] {
            null, new InheritedForkRules(null, null), new InheritedForkRules(List.of(), null)
        }) {
            assertThat(ForkConsent.ofCopy("preview", rules(From.All), unknown).allows("other", NONE))
                    .as("%s", unknown)
                    .isFalse();
        }
    }

    @Test
    void theLeastNumberOfForksCounts() {
        var origin = ForkConsent.ofOrigin("prod", new ForkRules(null, 5, null, null));
        assertThat(origin.maxForks()).contains(5);
        assertThat(ForkConsent.ofCopy("prod", null, origin.noted()).maxForks()).contains(5);
        assertThat(ForkConsent.ofCopy("prod", new ForkRules(null, 2, null, null), origin.noted())
                        .maxForks())
                .contains(2);
        assertThat(ForkConsent.ofCopy("prod", new ForkRules(null, 9, null, null), origin.noted())
                        .maxForks())
                .contains(5);
        assertThat(ForkConsent.ofOrigin("prod", null).maxForks()).isEqualTo(Optional.empty());
    }

    @ParameterizedTest
    @CsvSource({
        "In, 'preview,dev', true",
        "In, dev, false",
        "NotIn, dev, true",
        "NotIn, preview, false",
        "Exists,, true",
        "DoesNotExist,, false",
        "Unheard, preview, false",
    })
    void aSelectorIsReadAsKubernetesReadsIt(String operator, @Nullable String values, boolean selected) {
        var selector = new LabelSelectorBuilder()
                .addNewMatchExpression()
                .withKey("tier")
                .withOperator(operator)
                .withValues(values == null ? List.of() : List.of(values.split(",")))
                .endMatchExpression()
                .build();
        assertThat(allows(selector, PREVIEW)).isEqualTo(selected);
    }

    @Test
    void whatIsMissingIsInNoListAndAnEmptySelectorSelectsAll() {
        var expression = new LabelSelectorBuilder()
                .addNewMatchExpression()
                .withKey("tier")
                .withOperator("NotIn")
                .withValues("dev")
                .endMatchExpression();
        assertThat(allows(expression.build(), NONE)).isTrue();
        assertThat(allows(new LabelSelector(), NONE)).isTrue();
        assertThat(allows(expression.addToMatchLabels("team", "shop").build(), PREVIEW))
                .isFalse();
    }

    private static boolean allows(LabelSelector selector, Map<String, String> labels) {
        var rules = new ForkRules(new ForkNamespaces(From.Selector, selector), null, null, null);
        return ForkConsent.ofOrigin("prod", rules).allows("somewhere", labels);
    }

    private static Map<String, String> labels(String namespace) {
        return namespace.endsWith("preview") ? PREVIEW : NONE;
    }

    private static @Nullable ForkRules rules(@Nullable From from) {
        if (from == null) {
            return null;
        }
        var selector = from == From.Selector
                ? new LabelSelectorBuilder().withMatchLabels(PREVIEW).build()
                : null;
        return new ForkRules(new ForkNamespaces(from, selector), null, null, null);
    }
}
