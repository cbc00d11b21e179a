package dev.pgfork.e2e.cluster;

import io.fabric8.kubernetes.client.Config;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.Base64;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Access to the cluster of {@code $KUBECONFIG}. */
final class ClusterClient {

    private ClusterClient() {}

    static KubernetesClient open() {
        return new KubernetesClientBuilder().withConfig(configuration()).build();
    }

    /** With no rights but those of that user, who need not exist. */
    static KubernetesClient openAs(String user) {
        var config = configuration();
        config.setImpersonateUsername(user);
        config.setImpersonateGroups("system:authenticated");
        return new KubernetesClientBuilder().withConfig(config).build();
    }

    private static Config configuration() {
        var config = Config.autoConfigure(null);
        // Without being told the client takes every PKCS#8 key for an RSA one.
        if (isEllipticCurveKey(config.getClientKeyData())) {
            config.setClientKeyAlgo("EC");
        }
        return config;
    }

    /** @param keyData PEM in base64, as in a kubeconfig */
    private static boolean isEllipticCurveKey(@Nullable String keyData) {
        if (keyData == null) {
            return false;
        }
        var pem = new String(Base64.getDecoder().decode(keyData), StandardCharsets.US_ASCII);
        var body = pem.lines().filter(line -> !line.startsWith("-----")).collect(Collectors.joining());
        try {
            KeyFactory.getInstance("EC")
                    .generatePrivate(new PKCS8EncodedKeySpec(Base64.getDecoder().decode(body)));
            return true;
        } catch (GeneralSecurityException e) {
            return false;
        }
    }
}
