package dev.pgfork.operator.action;

import static org.assertj.core.api.Assertions.assertThat;

import dev.pgfork.operator.instance.Templates;
import dev.pgfork.operator.instance.VerbRefusedException;
import io.fabric8.kubernetes.api.model.PersistentVolumeClaim;
import io.fabric8.kubernetes.api.model.PersistentVolumeClaimBuilder;
import io.fabric8.kubernetes.api.model.Quantity;
import io.fabric8.kubernetes.client.KubernetesClientException;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Which answers are an outcome, so that the rest of a plan is done. */
class RefusalsTest {
    private static final PersistentVolumeClaim VOLUME = new PersistentVolumeClaimBuilder()
            .withNewMetadata()
            .withName("shop-g1")
            .endMetadata()
            .build();

    @ParameterizedTest
    @CsvSource(textBlock = """
            # action, answer, whether that is an outcome
            Reload,     ConfigurationRejected, true
            Reload,     Busy,                  false
            Reload,     NotStarted,            false
            GrowVolume, 403,                   true
            GrowVolume, 422,                   true
            GrowVolume, 409,                   false
            GrowVolume, 500,                   false
            Create,     403,                   false
            """)
    void isAnOutcomeOnlyOfWhatStandsAlone(String kind, String answer, boolean outcome) {
        var template = Templates.database();
        var action = switch (kind) {
            case "Reload" -> new Action.Reload(template);
            case "GrowVolume" -> new Action.GrowVolume(template.owner(), VOLUME, new Quantity("100Gi"));
            default -> new Action.Create(template.owner(), VOLUME);
        };
        var cause = kind.equals("Reload")
                ? new VerbRefusedException(answer, "it says no")
                : new KubernetesClientException("no", Integer.parseInt(answer), null);
        assertThat(Refusals.isOne(new ActionFailedException(action, cause))).isEqualTo(outcome);
    }
}
