package dev.pgfork.operator.postgres;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class LsnTest {

    @ParameterizedTest
    @CsvSource({
        "0/0, 0",
        "0/1506160, 22045024",
        "16/B374D848, 97500059720",
        "7FFFFFFF/FFFFFFFF, 9223372036854775807",
        "FFFFFFFF/FFFFFFFF, -1"
    })
    void is_read_and_printed_as_postgres_does(String text, long bytes) {
        assertThat(Lsn.parse(text)).isEqualTo(new Lsn(bytes)).hasToString(text);
    }

    @Test
    void is_read_with_leading_zeros_as_postgres_19_prints_it() {
        assertThat(Lsn.parse("0/01506160")).isEqualTo(Lsn.parse("0/1506160"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"", "/", "0", "0/", "/0", "-1/0", "0/+1", "0/123456789", "123456789/0", "0/0/0", "g/0", " 0/0"})
    void refuses_anything_else(String text) {
        assertThatIllegalArgumentException().isThrownBy(() -> Lsn.parse(text)).withMessageEndingWith(": " + text);
    }

    @Test
    void is_ordered_as_an_unsigned_offset() {
        assertThat(Lsn.parse("0/FFFFFFFF")).isLessThan(Lsn.parse("1/0"));
        assertThat(Lsn.parse("7FFFFFFF/FFFFFFFF")).isLessThan(Lsn.parse("80000000/0"));
    }

    @Test
    void differs_by_bytes() {
        assertThat(Lsn.parse("1/10").minus(Lsn.parse("0/FFFFFFF0"))).isEqualTo(32);
    }
}
