package dev.pgfork.operator.kube;

import dev.pgfork.api.v1alpha1.PostgresDatabase;
import dev.pgfork.api.v1alpha1.PostgresFork;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Map;
import java.util.Optional;

/**
 * Tells the masked copy of a database, a fork that pgfork keeps in the database's namespace, from everybody else's
 * forks: it has one name, the label, and the database's uid.
 */
public final class MaskedCopyIdentity {
    private static final String SUFFIX = "-masked";

    /** As the schema has it for all kinds. */
    private static final int LONGEST_NAME = 45;

    private static final int HASH_LENGTH = 8;

    private MaskedCopyIdentity() {}

    /** Shortened, with a hash that tells it from others, where it would be no name for a fork. */
    public static String name(String database) {
        var name = database + SUFFIX;
        if (name.length() <= LONGEST_NAME) {
            return name;
        }
        var kept = LONGEST_NAME - SUFFIX.length() - HASH_LENGTH - 1;
        return database.substring(0, kept) + "-" + hash(database) + SUFFIX;
    }

    private static String hash(String database) {
        try {
            var digest = MessageDigest.getInstance("SHA-256").digest(database.getBytes(StandardCharsets.UTF_8));
            return HexFormat.of().formatHex(digest).substring(0, HASH_LENGTH);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has SHA-256", e);
        }
    }

    /** Whether it is the masked copy of that very database. */
    public static boolean isOf(Owner database, PostgresFork fork) {
        return is(fork)
                && database.name().equals(fork.getSpec().from().name())
                && database.namespace().equals(fork.getMetadata().getNamespace())
                && database.owns(fork);
    }

    /** Whether it is the masked copy of a database; of which one, its {@code spec.from} says. */
    public static boolean is(PostgresFork fork) {
        var from = fork.getSpec().from();
        return from.resourceKind().equals(PostgresDatabase.KIND)
                && name(from.name()).equals(fork.getMetadata().getName())
                && Optional.ofNullable(fork.getMetadata().getLabels())
                        .filter(labels -> labels.containsKey(Labels.MASKED_COPY))
                        .isPresent()
                && fork.getMetadata().getOwnerReferences().stream()
                        .anyMatch(owner -> PostgresDatabase.KIND.equals(owner.getKind())
                                && from.name().equals(owner.getName()));
    }

    /** Whose copy it is. */
    public static Owner database(PostgresFork copy) {
        return copy.getMetadata().getOwnerReferences().stream()
                .filter(owner -> PostgresDatabase.KIND.equals(owner.getKind()))
                .findFirst()
                .map(owner -> new Owner(
                        owner.getApiVersion(),
                        owner.getKind(),
                        copy.getMetadata().getNamespace(),
                        owner.getName(),
                        owner.getUid()))
                .orElseThrow();
    }

    /** Besides those of all objects of a database. */
    public static Map<String, String> label() {
        return Map.of(Labels.MASKED_COPY, "true");
    }
}
