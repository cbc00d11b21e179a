package dev.pgfork.operator.kube;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The name of a masked copy is one that a fork may have, and no other database's copy has it. */
class MaskedCopyIdentityTest {

    @ParameterizedTest
    @ValueSource(ints = {1, 37, 38, 39, 45})
    void fitsTheRuleForNames(int length) {
        assertThat(MaskedCopyIdentity.name("s".repeat(length)))
                .matches("^[a-z]([-a-z0-9]{0,43}[a-z0-9])?$")
                .endsWith("-masked");
    }

    @Test
    void longNamesThatBeginAlikeHaveDifferentCopies() {
        assertThat(MaskedCopyIdentity.name("s".repeat(38))).isEqualTo("s".repeat(38) + "-masked");
        assertThat(MaskedCopyIdentity.name("s".repeat(44) + "a"))
                .isNotEqualTo(MaskedCopyIdentity.name("s".repeat(44) + "b"));
    }
}
