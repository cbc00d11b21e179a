package dev.pgfork.operator;

import java.util.ArrayList;
import java.util.List;

/**
 * A resource that the API server takes, and what the operator is to say of it.
 *
 * @param name of the case, and of the resource
 * @param place where it is said: a type of condition, or a field of the status with an outcome of its own
 * @param value status of that condition, or that outcome
 * @param words that the message must contain
 * @param leavesNothing it is refused or waits before anything was made
 * @param around what is there already, made before it: YAML documents
 */
record BadInput(
        String name,
        String yaml,
        String place,
        String value,
        String reason,
        List<String> words,
        boolean leavesNothing,
        List<String> around) {

    /** In namespace {@code prod}; {@code NAME} stands for the case's name. */
    static final String DATABASE = """
            apiVersion: pgfork.dev/v1alpha1
            kind: PostgresDatabase
            metadata: {name: NAME, namespace: prod}
            spec:
              storage: {size: 1Gi}
              deletionPolicy: Delete
            """;

    static final String FORK = """
            apiVersion: pgfork.dev/v1alpha1
            kind: PostgresFork
            metadata: {name: NAME, namespace: prod}
            spec:
              from: {name: shop}
            """;

    static final String FOLLOWER = """
            apiVersion: pgfork.dev/v1alpha1
            kind: PostgresFollower
            metadata: {name: NAME, namespace: prod}
            spec:
              follows: {name: shop}
            """;

    /** It is as the template but for some more fields of its spec. */
    static BadInput of(String template, String name, String fields, String reason, String... words) {
        return new BadInput(
                name,
                (template + indented(fields)).replace("NAME", name),
                "Stalled",
                "True",
                reason,
                List.of(words),
                true,
                List.of());
    }

    private static String indented(String fields) {
        return fields.isEmpty() ? "" : fields.indent(2);
    }

    static BadInput database(String name, String fields, String reason, String... words) {
        return of(DATABASE, name, fields, reason, words);
    }

    static BadInput fork(String name, String fields, String reason, String... words) {
        return of(FORK, name, fields, reason, words);
    }

    static BadInput follower(String name, String fields, String reason, String... words) {
        return of(FOLLOWER, name, fields, reason, words);
    }

    /** With another text in one place. */
    BadInput with(String part, String replacement) {
        var changed = yaml.replace(part, replacement);
        if (changed.equals(yaml)) {
            throw new IllegalArgumentException(name + " has no " + part);
        }
        return new BadInput(name, changed, place, value, reason, words, leavesNothing, around);
    }

    /** @param type of a condition, or a field of the status that has outcome, reason and message */
    BadInput says(String type, String status) {
        return new BadInput(name, yaml, type, status, reason, words, leavesNothing, around);
    }

    /** It is noticed only after objects were made. */
    BadInput late() {
        return new BadInput(name, yaml, place, value, reason, words, false, around);
    }

    /** Beside something that is there already. */
    BadInput beside(String document) {
        var documents = new ArrayList<>(around);
        documents.add(document.replace("NAME", name));
        return new BadInput(name, yaml, place, value, reason, words, leavesNothing, documents);
    }

    @Override
    public String toString() {
        return name + ": " + reason;
    }
}
