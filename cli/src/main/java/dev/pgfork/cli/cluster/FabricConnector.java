package dev.pgfork.cli.cluster;

import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.pgfork.cli.resource.Failure;
import io.fabric8.kubernetes.client.Config;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import io.fabric8.kubernetes.client.utils.KubernetesSerialization;
import java.util.Objects;

/** Connects as kubectl does: kubeconfig, context, credentials plugins. */
public final class FabricConnector implements Connector {
    private static final int MILLISECONDS_FOR_AN_ANSWER = 30_000;

    @Override
    public Cluster connect(ConnectionSettings settings) {
        // In memory only: a key that is protected by many rounds would be slower to read, and no safer.
        System.setProperty("keystore.pkcs12.keyPbeIterationCount", "1");
        if (settings.kubeconfig() != null) {
            System.setProperty(Config.KUBERNETES_KUBECONFIG_FILE, settings.kubeconfig());
        }
        var client = client(config(settings));
        return new Cluster(client, settings, new FabricPods(client), new FabricWatches(client));
    }

    /** Nothing is asked before something is needed. */
    public static KubernetesClient client(Config config) {
        // Without looking for all types that there are: those that are used here are named where they are used.
        return new KubernetesClientBuilder()
                .withConfig(config)
                .withKubernetesSerialization(new KubernetesSerialization(tolerant(), false))
                .build();
    }

    /** The cluster's pgfork may be newer, and have fields and phases that are not known here. */
    private static ObjectMapper tolerant() {
        return new ObjectMapper()
                .disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
                .enable(DeserializationFeature.READ_UNKNOWN_ENUM_VALUES_AS_NULL);
    }

    private static Config config(ConnectionSettings settings) {
        var config = Config.autoConfigure(settings.context());
        var known = config.getCurrentContext();
        if (settings.context() != null && (known == null || !settings.context().equals(known.getName()))) {
            throw new Failure("there is no context %s in the kubeconfig".formatted(settings.context()));
        }
        if (settings.namespace() != null) {
            config.setNamespace(settings.namespace());
        }
        config.setNamespace(Objects.requireNonNullElse(config.getNamespace(), "default"));
        config.setRequestTimeout(MILLISECONDS_FOR_AN_ANSWER);
        // A refusal is told at once; a person decides whether to try again.
        config.setRequestRetryBackoffLimit(0);
        // One connection after the other: HTTP/2 would only have more to set up.
        config.setHttp2Disable(true);
        if (ClientKey.isElliptic(config)) {
            config.setClientKeyAlgo("EC");
        }
        trustOnlyItsAuthority(config);
        return config;
    }

    /**
     * As kubectl: where the kubeconfig names an authority, nobody else's word counts for the API server. Java would add
     * all those that it knows, and read them first, which takes a tenth of a second. A login by OIDC may need them.
     */
    private static void trustOnlyItsAuthority(Config config) {
        if ((config.getCaCertData() != null || config.getCaCertFile() != null) && config.getAuthProvider() == null) {
            System.setProperty("javax.net.ssl.trustStore", "/dev/null");
        }
    }
}
