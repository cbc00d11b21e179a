package dev.pgfork.operator.kube;

import java.util.Optional;

/**
 * The result of looking at something outside. {@link Unknown} must never be taken for {@link Absent}: deciding on what
 * could not be seen is how data gets lost.
 */
public sealed interface Looked<T> {

    record Found<T>(T value) implements Looked<T> {}

    record Absent<T>() implements Looked<T> {}

    /** @param reason why it could not be seen, for people */
    record Unknown<T>(String reason) implements Looked<T> {}

    default Optional<T> found() {
        return this instanceof Found<T>(T value) ? Optional.of(value) : Optional.empty();
    }
}
