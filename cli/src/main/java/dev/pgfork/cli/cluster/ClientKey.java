package dev.pgfork.cli.cluster;

import io.fabric8.kubernetes.client.Config;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.Base64;
import java.util.Optional;
import java.util.stream.Collectors;

/** The private key in a kubeconfig. */
final class ClientKey {
    private static final String PKCS8 = "-----BEGIN PRIVATE KEY-----";

    private ClientKey() {}

    /** The client takes a PKCS#8 key for an RSA one unless it is told; what other PEM headers say it reads itself. */
    static boolean isElliptic(Config config) {
        return pem(config)
                .filter(pem -> pem.contains(PKCS8))
                .filter(ClientKey::isElliptic)
                .isPresent();
    }

    private static Optional<String> pem(Config config) {
        if (config.getClientKeyData() != null) {
            return Optional.of(
                    new String(Base64.getMimeDecoder().decode(config.getClientKeyData()), StandardCharsets.US_ASCII));
        }
        if (config.getClientKeyFile() == null) {
            return Optional.empty();
        }
        try {
            return Optional.of(Files.readString(Path.of(config.getClientKeyFile())));
        } catch (IOException e) {
            throw new UncheckedIOException("the client key of the kubeconfig", e);
        }
    }

    private static boolean isElliptic(String pem) {
        var body = pem.lines().filter(line -> !line.startsWith("-----")).collect(Collectors.joining());
        try {
            KeyFactory.getInstance("EC")
                    .generatePrivate(
                            new PKCS8EncodedKeySpec(Base64.getMimeDecoder().decode(body)));
            return true;
        } catch (GeneralSecurityException e) {
            return false;
        }
    }
}
