package dev.pgfork.cli.output;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class QuantitiesTest {

    @ParameterizedTest
    @CsvSource({
        "PT-5S, 0s",
        "PT0S, 0s",
        "PT119S, 119s",
        "PT2M, 2m",
        "PT3M20S, 3m20s",
        "PT10M5S, 10m",
        "PT179M, 179m",
        "PT3H, 3h",
        "PT5H10M, 5h10m",
        "PT47H, 47h",
        "P3DT4H, 3d4h",
        "P200D, 200d"
    })
    void agesReadAsThoseOfKubectl(Duration duration, String text) {
        assertThat(Quantities.age(duration)).isEqualTo(text);
    }

    @ParameterizedTest
    @CsvSource({"0, 0 B", "1023, 1023 B", "1024, 1.0 KiB", "1572864, 1.5 MiB", "9223372036854775807, 8.0 EiB"})
    void bytes(long bytes, String text) {
        assertThat(Quantities.bytes(bytes)).isEqualTo(text);
    }
}
