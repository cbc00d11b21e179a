package dev.pgfork.operator;

import java.util.Map;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * One environment variable that the operator reads.
 *
 * @param form what a value looks like, for people
 * @param standard used when it is not set; {@code null}: it must be set
 * @param meaning what it is for, in a sentence
 * @param parser throws IllegalArgumentException for what it cannot read
 */
record Setting<T>(String name, String form, @Nullable String standard, String meaning, Function<String, T> parser) {

    /** @throws InvalidSettingException if it is missing or cannot be read */
    T read(Map<String, String> environment) {
        var text = environment.getOrDefault(name, "").strip();
        if (text.isEmpty()) {
            if (standard == null) {
                throw new InvalidSettingException("%s is not set. It is %s: %s".formatted(name, form, meaning));
            }
            text = standard;
        }
        try {
            return parser.apply(text);
        } catch (IllegalArgumentException e) {
            throw new InvalidSettingException("%s is \"%s\", but must be %s".formatted(name, text, form));
        }
    }

    /** A setting that the operator cannot start with; the message is for the person who set it. */
    static final class InvalidSettingException extends RuntimeException {
        private static final long serialVersionUID = 1L;

        InvalidSettingException(String message) {
            super(message);
        }
    }
}
