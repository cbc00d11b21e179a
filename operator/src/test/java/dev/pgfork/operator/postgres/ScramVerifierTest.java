package dev.pgfork.operator.postgres;

import static org.assertj.core.api.Assertions.assertThat;

import java.security.SecureRandom;
import java.util.Base64;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** That Postgres lets a password in by its verifier, the tests of {@link JdbcServer} show: they log in so. */
class ScramVerifierTest {

    /** Passwords and what PostgreSQL 17 made of them; the second one changes by SASLprep. */
    @ParameterizedTest
    @CsvSource({
        "pencil, SCRAM-SHA-256$4096:4IPm6KO0GMriLBL32K1TDA==$ECL9NwZDm10r255p/BZ84j4LbE+mUs3SoTbko9tbQKo=:WzCCr1DETyyjb5NKPkf7+ZMi9w2xE/uScyh3i4e6L/s=",
        "päncil\u2168, SCRAM-SHA-256$4096:8rjGrN8yN+ZKg+4COw735Q==$ppF6gDPai++CFB5RF76fSCJZLjlCNbBpdXWf4O6Dk4o=:vJY7yvPohwf+haXT/cJatc3khA+wa3KAlzq9IMJ8DMs="
    })
    void is_what_postgres_makes_with_the_same_salt(String password, String verifier) {
        var salt = Base64.getDecoder()
                .decode(verifier.substring("SCRAM-SHA-256$4096:".length(), verifier.indexOf("==") + 2));

        assertThat(ScramVerifier.of(password, always(salt)).text()).isEqualTo(verifier);
    }

    @Test
    void has_a_salt_of_its_own() {
        var random = new SecureRandom();

        assertThat(ScramVerifier.of("pencil", random)).isNotEqualTo(ScramVerifier.of("pencil", random));
    }

    private static SecureRandom always(byte[] bytes) {
        return new SecureRandom() {
            @Override
            public void nextBytes(byte[] target) {
                System.arraycopy(bytes, 0, target, 0, target.length);
            }
        };
    }
}
