package dev.pgfork.operator.postgres;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class PgHbaTest {

    @Test
    void lets_nobody_in_as_superuser_over_the_network() {
        assertThat(lines(false))
                .containsExactly(
                        "local all postgres peer",
                        "hostssl postgres pgfork all scram-sha-256",
                        "host all pgfork all reject",
                        "hostssl replication +pgfork_replication all scram-sha-256",
                        "host all +pgfork_replication all reject",
                        "host all postgres all reject",
                        "hostssl all all all scram-sha-256");
    }

    @Test
    void lets_the_superuser_in_by_password_and_tls_where_that_was_asked_for() {
        assertThat(lines(true))
                .containsExactly(
                        "local all postgres peer",
                        "hostssl postgres pgfork all scram-sha-256",
                        "host all pgfork all reject",
                        "hostssl replication +pgfork_replication all scram-sha-256",
                        "host all +pgfork_replication all reject",
                        "hostssl all postgres all scram-sha-256",
                        "hostssl all all all scram-sha-256");
    }

    private static List<String> lines(boolean superuserAccess) {
        return PgHba.text(superuserAccess)
                .lines()
                .filter(line -> !line.startsWith("#"))
                .map(line -> line.replaceAll(" +", " "))
                .toList();
    }
}
