package dev.pgfork.operator.fork;

import static org.assertj.core.api.Assertions.assertThat;

import dev.pgfork.api.v1alpha1.SanitizeStep;
import dev.pgfork.operator.instance.InstanceNames;
import dev.pgfork.operator.kube.Owner;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What may leave its namespace, by whose data it is, what they have not passed, and whether they rest. */
class MaskingWallTest {

    /** Its SQL would have to enter the fork's namespace. */
    @Test
    void aStepOfAnotherNamespaceIsNotTakenOver() {
        var world = ForkWorld.withSource();
        var namespace = world.fork.getMetadata().getNamespace();
        var step = new SanitizeStep("mask", null, null, null, null, null, null);
        for (var of : List.of(namespace, "elsewhere")) {
            var source = world.source
                    .orElseThrow()
                    .with(new SanitizeRules(List.of(new SanitizeRules.Demand(of, step)), List.of()));
            assertThat(MaskingWall.refusal(world.fork, source).map(Refusal::reason))
                    .isEqualTo(of.equals(namespace) ? Optional.empty() : Optional.of("SourceNotSanitized"));
        }
    }

    @ParameterizedTest
    @CsvSource({
        // crosses, masked copy, steps left, serves, refused, discarded if it is cut
        "false, false, true,  true,  false, false",
        "true,  false, false, true,  false, false",
        "true,  false, false, false, false, false",
        "true,  false, true,  true,  true,  true",
        "true,  true,  false, true,  false, false",
        "true,  true,  true,  true,  false, true",
        "true,  true,  true,  false, false, true",
        "true,  true,  false, false, false, true"
    })
    void onlyWhatHasPassedAllLeaves(
            boolean crosses, boolean copy, boolean left, boolean serves, boolean refused, boolean discarded) {
        var world = new ForkWorld();
        if (crosses) {
            Abroad.abroad(world);
        }
        var step = new SanitizeStep("mask", null, null, null, null, null, null);
        var owner = new Owner("pgfork.dev/v1alpha1", "PostgresFork", "prod", "shop-masked", "uid-of-copy");
        var source = new SourceInstance(
                        Optional.empty(),
                        owner,
                        new InstanceNames("shop-masked", 1),
                        Optional.empty(),
                        serves,
                        copy ? SourceInstance.MASKED_COPY_NOT_READY : "SourceNotReady",
                        "")
                .with(
                        left
                                ? new SanitizeRules(List.of(new SanitizeRules.Demand("prod", step)), List.of())
                                : SanitizeRules.NONE);
        assertThat(MaskingWall.refusal(world.fork, source).isPresent())
                .as("refused")
                .isEqualTo(refused);
        assertThat(MaskingWall.change(world.fork, Optional.of(source)).isPresent())
                .as("discarded")
                .isEqualTo(discarded);
    }
}
