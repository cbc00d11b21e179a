package dev.pgfork.operator.postgres;

import static org.assertj.core.api.Assertions.assertThat;

import dev.pgfork.operator.postgres.Parameters.Finding;
import dev.pgfork.operator.postgres.Parameters.Reason;
import java.io.IOException;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.TreeMap;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** That the table of settings, and how values are read, are those of a real server: it is asked by ALTER SYSTEM. */
@Tag("postgres")
@Timeout(120)
class ParametersAgainstPostgresTest {
    private static final int MAJOR = 17;

    /** One for each kind of number, and enums with and without on and off. */
    private static final List<String> TYPICAL = List.of(
            "max_connections",
            "shared_buffers",
            "work_mem",
            "min_wal_size",
            "track_activity_query_size",
            "statement_timeout",
            "checkpoint_timeout",
            "log_startup_progress_interval",
            "random_page_cost",
            "vacuum_cost_delay",
            "checkpoint_completion_target",
            "autovacuum",
            "constraint_exclusion",
            "bytea_output");

    private static final List<String> VALUES = List.of(
            "",
            "0",
            "1",
            "-1",
            "10",
            "010",
            "0x10",
            "0x1g",
            "+30",
            "1.5",
            ".5",
            "5.",
            "1e2",
            "1e400",
            "abc",
            "1 000",
            " 60 ",
            "60s",
            "60 s",
            "60S",
            "1min",
            "1 h",
            "0.5d",
            "2000us",
            "999999ms",
            "1w",
            "1kB",
            "1KB",
            "64mb",
            "64MB",
            "512Mi",
            "1GB",
            "1TB",
            "5000TB",
            "1B",
            "999999999999",
            "on",
            "ON",
            "of",
            "o",
            "t",
            "tru",
            "trueish",
            "yes",
            "y",
            "no",
            "partition",
            "Partition",
            "hex",
            "escape",
            "hexx",
            "NaN",
            "infinity");

    /** The default of lc_messages, and nothing but the default, is allowed to be empty. */
    private static final RealPostgres POSTGRES = RealPostgres.start(Map.of("lc_messages", "C"));

    private static final Parameters PARAMETERS = Parameters.load();

    @AfterAll
    static void stop() throws IOException {
        POSTGRES.close();
    }

    @Test
    void the_table_has_the_settings_of_this_server_and_describes_them_alike() throws SQLException {
        var real = new ArrayList<String>();
        try (var connection = POSTGRES.connect();
                var statement = connection.createStatement();
                var rows = statement.executeQuery("""
                        SELECT concat_ws('|', name, context, vartype, coalesce(unit, '')) FROM pg_settings
                         WHERE name NOT LIKE '%.%'""")) {
            while (rows.next()) {
                real.add(rows.getString(1));
            }
        }

        var known = KnownParameter.table().stream()
                .filter(parameter -> parameter.isOf(MAJOR))
                .map(parameter ->
                        String.join("|", parameter.name(), parameter.context(), parameter.type(), parameter.unit()))
                .toList();
        assertThat(known)
                .as("make the table again with scripts/generate-parameters.sh")
                .containsExactlyInAnyOrderElementsOf(real);
    }

    /** The server's own defaults are good values; a setting that it refuses to take from a file is not the user's. */
    @Test
    void whatever_can_be_set_is_accepted_and_nothing_else() throws SQLException {
        var wrong = new ArrayList<String>();
        try (var connection = POSTGRES.connect();
                var statement = connection.createStatement()) {
            for (var setting : defaults(statement).entrySet()) {
                var finding = check(setting.getKey(), setting.getValue());
                if (finding.stream().anyMatch(ParametersAgainstPostgresTest::isPolicy)) {
                    continue;
                }
                var accepted = accepts(statement, setting.getKey(), setting.getValue());
                if (accepted != finding.isEmpty()) {
                    wrong.add(setting + " accepted by Postgres: " + accepted + ", by us: " + finding);
                }
            }
        }
        assertThat(wrong).isEmpty();
    }

    @Test
    void values_are_read_as_postgres_reads_them() throws SQLException {
        var wrong = new ArrayList<String>();
        try (var connection = POSTGRES.connect();
                var statement = connection.createStatement()) {
            for (var name : TYPICAL) {
                for (var value : VALUES) {
                    var accepted = accepts(statement, name, value);
                    if (accepted != check(name, value).isEmpty()) {
                        wrong.add(name + " = '" + value + "' accepted by Postgres: " + accepted);
                    }
                }
            }
        }
        assertThat(wrong).isEmpty();
    }

    @Test
    void values_arrive_as_they_were_written() throws IOException {
        var prefix = "%m '%p' \"double\" C:\\new # no comment $HOME {x} ";
        try (var server =
                RealPostgres.start(Map.of("log_line_prefix", prefix, "work_mem", " 1 GB ", "my.setting", "it's"))) {
            assertThat(server.query("SHOW log_line_prefix")).isEqualTo(prefix);
            assertThat(server.query("SHOW work_mem")).isEqualTo("1GB");
            assertThat(server.query("SHOW my.setting")).isEqualTo("it's");
        }
    }

    /** What Postgres takes and pgfork does not. */
    private static boolean isPolicy(Finding finding) {
        return finding.reason() == Reason.ParameterOwnedByPgfork
                || finding.name().equals("max_slot_wal_keep_size");
    }

    private static List<Finding> check(String name, String value) {
        return PARAMETERS.check(Map.of(name, value), OptionalInt.of(MAJOR), OptionalLong.empty());
    }

    private static boolean accepts(Statement statement, String name, String value) {
        try {
            statement.execute("ALTER SYSTEM SET \"" + name + "\" = '" + value.replace("'", "''") + "'");
            statement.execute("ALTER SYSTEM RESET \"" + name + "\"");
            return true;
        } catch (SQLException e) {
            return false;
        }
    }

    private static Map<String, String> defaults(Statement statement) throws SQLException {
        var defaults = new TreeMap<String, String>();
        try (var rows = statement.executeQuery(
                "SELECT name, coalesce(nullif(boot_val, ''), setting) FROM pg_settings WHERE name NOT LIKE '%.%'")) {
            while (rows.next()) {
                defaults.put(rows.getString(1), rows.getString(2));
            }
        }
        return defaults;
    }
}
