package dev.pgfork.operator;

import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.pgfork.operator.kube.FieldOwnership;
import io.fabric8.kubernetes.client.Config;
import io.fabric8.kubernetes.client.ConfigBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import io.fabric8.kubernetes.client.utils.KubernetesSerialization;

/** The two clients of the API server, which differ in how long they insist. */
final class ApiClients {
    private static final int SHORT_RETRIES = 2;

    private ApiClients() {}

    /** For all objects. A call that fails is soon told to the reconciler, which has a retry of its own. */
    static KubernetesClient forObjects(Config config) {
        return forObjects(config, serialization());
    }

    static KubernetesClient forObjects(Config config, KubernetesSerialization serialization) {
        return new KubernetesClientBuilder()
                .withConfig(new ConfigBuilder(config)
                        .withRequestRetryBackoffLimit(SHORT_RETRIES)
                        // The API server names whoever creates an object after it.
                        .withUserAgent(FieldOwnership.NAME)
                        .build())
                .withKubernetesSerialization(serialization)
                .build();
    }

    static KubernetesSerialization serialization() {
        // A CRD may be newer than this program, after a rollback: fields that it does not know are none of its
        // business.
        var mapper = JsonMapper.builder()
                .disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
                .build();
        return new KubernetesSerialization(mapper, true);
    }

    /** For the lease only: an attempt ends before the time to renew it does, and the lease after that. */
    static KubernetesClient forLease(Config config, Leadership.Timing timing) {
        var attempt = (int) timing.renewal().minus(timing.retry()).toMillis();
        return new KubernetesClientBuilder()
                .withConfig(new ConfigBuilder(config)
                        .withRequestTimeout(attempt)
                        .withConnectionTimeout(attempt)
                        .withRequestRetryBackoffLimit(0)
                        .build())
                .build();
    }
}
