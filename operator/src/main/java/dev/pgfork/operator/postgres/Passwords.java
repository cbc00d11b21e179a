package dev.pgfork.operator.postgres;

import java.security.SecureRandom;

/** Makes passwords: 32 letters and digits (190 bits), which need no quoting in a URL, a shell or SQL. */
public final class Passwords {
    private static final String ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
    private static final int LENGTH = 32;

    private final SecureRandom random;

    public Passwords(SecureRandom random) {
        this.random = random;
    }

    public String next() {
        return random.ints(LENGTH, 0, ALPHABET.length())
                .collect(
                        StringBuilder::new, (text, index) -> text.append(ALPHABET.charAt(index)), StringBuilder::append)
                .toString();
    }
}
