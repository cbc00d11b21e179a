package dev.pgfork.operator.instance;

import io.fabric8.kubernetes.api.model.Secret;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/** Keys and texts of an instance's Secrets. */
final class SecretData {
    static final String CERTIFICATE = "tls.crt";
    static final String PRIVATE_KEY = "tls.key";
    static final String AUTHORITY = "ca.crt";

    /** All of the Secret {@code -tls}. */
    static final List<String> TLS = List.of(CERTIFICATE, PRIVATE_KEY, AUTHORITY);

    /** SCRAM verifiers, one per role; the only keys of the Secret {@code -roles} that a pod sees. */
    static final String OWNER = "owner";

    static final String PGFORK = "pgfork";
    static final String SUPERUSER = "superuser";

    /** Of the role that this instance follows its leader with. */
    static final String REPLICATION = "replication";

    private SecretData() {}

    /** Key of the verifier of a role of the source that may log in. */
    static String unlocked(String role) {
        return "unlocked." + role;
    }

    /** Key of the password that belongs to a role's verifier. */
    static String password(String role) {
        return role + ".password";
    }

    static Optional<String> find(Secret secret, String key) {
        return Optional.ofNullable(secret.getData())
                .map(data -> data.get(key))
                .map(value -> new String(Base64.getDecoder().decode(value), StandardCharsets.UTF_8));
    }

    /** @throws IllegalStateException if the key is not there: somebody has changed the Secret by hand */
    static String text(Secret secret, String key) {
        return find(secret, key)
                .orElseThrow(() ->
                        new IllegalStateException("Secret %s/%s has no key %s. Delete the Secret: it is made again"
                                .formatted(
                                        secret.getMetadata().getNamespace(),
                                        secret.getMetadata().getName(),
                                        key)));
    }

    static SortedMap<String, String> encode(Map<String, String> texts) {
        var data = new TreeMap<String, String>();
        texts.forEach((key, text) ->
                data.put(key, Base64.getEncoder().encodeToString(text.getBytes(StandardCharsets.UTF_8))));
        return data;
    }
}
