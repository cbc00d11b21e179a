package dev.pgfork.operator.kube;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.StatusBuilder;
import io.fabric8.kubernetes.client.KubernetesClientException;
import org.junit.jupiter.api.Test;

class ApiErrorsTest {

    @Test
    void knowsWhatAPatchOfAnotherObjectIsAnswered() {
        assertThat(ApiErrors.isOtherUid(invalid(422, "metadata.uid"))).isTrue();
        assertThat(ApiErrors.isOtherUid(invalid(422, "metadata.labels"))).isFalse();
        assertThat(ApiErrors.isOtherUid(invalid(403, "metadata.uid"))).isFalse();
        assertThat(ApiErrors.isOtherUid(new KubernetesClientException("no answer")))
                .isFalse();
    }

    private static KubernetesClientException invalid(int code, String field) {
        return new KubernetesClientException(new StatusBuilder()
                .withCode(code)
                .withMessage("Invalid value: field is immutable")
                .withNewDetails()
                .addNewCause()
                .withField(field)
                .withReason("FieldValueInvalid")
                .endCause()
                .endDetails()
                .build());
    }
}
