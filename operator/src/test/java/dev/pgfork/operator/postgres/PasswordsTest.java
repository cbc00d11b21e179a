package dev.pgfork.operator.postgres;

import static org.assertj.core.api.Assertions.assertThat;

import java.security.SecureRandom;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class PasswordsTest {
    private final Passwords passwords = new Passwords(new SecureRandom());

    @Test
    void are_long_and_need_no_quoting() {
        assertThat(passwords.next()).matches("[A-Za-z0-9]{32}");
    }

    @Test
    void use_every_letter_and_digit_and_never_repeat() {
        var made = Stream.generate(passwords::next).limit(1000).toList();

        assertThat(made).doesNotHaveDuplicates();
        assertThat(String.join("", made).chars().boxed().collect(Collectors.toSet()))
                .hasSize(62);
    }
}
