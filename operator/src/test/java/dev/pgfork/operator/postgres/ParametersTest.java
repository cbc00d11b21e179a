package dev.pgfork.operator.postgres;

import static org.assertj.core.api.Assertions.assertThat;

import dev.pgfork.operator.postgres.Parameters.Finding;
import dev.pgfork.operator.postgres.Parameters.Reason;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ParametersTest {
    private static final Parameters PARAMETERS = Parameters.load();
    private static final long GIB = 1 << 30;

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "max_connections | 200",
                "MAX_Connections | 200",
                "max_connections | 0x20",
                "shared_buffers | 128MB",
                "shared_buffers | 16384",
                "shared_buffers | 1.5 GB",
                "work_mem | 64 kB",
                "checkpoint_timeout | 15min",
                "checkpoint_timeout | 0.5h",
                "wal_keep_size | 1TB",
                "random_page_cost | 1.1",
                "vacuum_cost_delay | 2ms",
                "autovacuum | off",
                "autovacuum | F",
                "wal_level | Logical",
                "wal_level | replica",
                "synchronous_commit | remote_apply",
                "synchronous_commit | true",
                "archive_mode | on",
                "archive_command | cp %p '/archive/%f'",
                "max_prepared_transactions | 10",
                "shared_preload_libraries | pg_cron,auto_explain",
                "log_connections | receipt",
                "old_snapshot_threshold | 1h",
                "TimeZone | Europe/Berlin",
                "search_path | ''",
                "cron.database_name | app",
                "MyExtension.Setting | x",
                "max_slot_wal_keep_size | 10GB"
            })
    void accepts(String name, String value) {
        assertThat(check(Map.of(name, value))).isEmpty();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "max_connections | 0 | must be a number from 1 to 262143",
                "max_connections | 262144 | must be a number from 1 to 262143",
                "max_connections | many | must be a number from 1 to 262143",
                "max_connections | 10MB | must be a number from 1 to 262143",
                "max_connections | '' | must be a number from 1 to 262143",
                "shared_buffers | 512Mi | must be a number from 16 to 1073741823 (counted in 8kB), or one with a unit: B, kB, MB, GB, TB",
                "shared_buffers | 1gb | must be a number from 16 to 1073741823 (counted in 8kB), or one with a unit: B, kB, MB, GB, TB",
                "checkpoint_timeout | 10s | must be a number from 30 to 86400 (counted in s), or one with a unit: us, ms, s, min, h, d",
                "checkpoint_timeout | 1MB | must be a number from 30 to 86400 (counted in s), or one with a unit: us, ms, s, min, h, d",
                "checkpoint_completion_target | 1.5 | must be a number from 0 to 1",
                "autovacuum | maybe | must be on or off",
                "autovacuum | o | must be on or off",
                "wal_compression | gzip | must be one of pglz, lz4, zstd, on, off",
                "wal_level | minimal | must be replica or logical: a database with minimal cannot be forked",
                "max_slot_wal_keep_size | -1 | must have a limit: a consumer that went away would fill the volume",
                "shared_buffers | 1GB | must be less than the container's memory limit; a quarter of it is usual"
            })
    void refuses_a_value(String name, String value, String demand) {
        assertThat(PARAMETERS.check(Map.of(name, value), OptionalInt.of(17), OptionalLong.of(GIB)))
                .containsExactly(new Finding(name, Reason.InvalidParameterValue, name + " " + demand));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "work_memm",
                "",
                "a b",
                "work_mem = 1",
                "a.b.c",
                "cron.",
                ".x",
                "cron.a-b",
                "role",
                "x\nfsync",
                "is_superuser"
            })
    void refuses_a_name_that_postgres_does_not_know(String name) {
        assertThat(check(Map.of(name, "on")))
                .singleElement()
                .satisfies(finding -> assertThat(finding.reason()).isEqualTo(Reason.UnknownParameter));
    }

    @ParameterizedTest
    @ValueSource(strings = {"block_size", "server_version", "transaction_isolation", "in_hot_standby"})
    void refuses_what_stands_in_no_file(String name) {
        assertThat(check(Map.of(name, "on")))
                .containsExactly(new Finding(
                        name, Reason.UnknownParameter, name + " cannot be set in a configuration; remove it"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "listen_addresses",
                "port",
                "unix_socket_directories",
                "unix_socket_permissions",
                "ssl",
                "SSL_cert_file",
                "hba_file",
                "ident_file",
                "config_file",
                "data_directory",
                "external_pid_file",
                "include_dir",
                "fsync",
                "full_page_writes",
                "password_encryption",
                "logging_collector",
                "log_directory",
                "log_destination",
                "primary_conninfo",
                "primary_slot_name",
                "restore_command",
                "recovery_target",
                "recovery_target_lsn",
                "synchronous_standby_names",
                "hot_standby",
                "wal_sender_timeout",
                "allow_alter_system",
                "cluster_name",
                "event_source",
                "pgfork.uid",
                "PGFORK.anything",
                "promote_trigger_file"
            })
    void refuses_what_pgfork_owns(String name) {
        assertThat(check(Map.of(name, "on")))
                .singleElement()
                .satisfies(finding -> assertThat(finding.reason()).isEqualTo(Reason.ParameterOwnedByPgfork))
                .satisfies(finding -> assertThat(finding.message()).startsWith(name + " cannot be set: "));
    }

    @Test
    void knows_which_version_has_which_setting() {
        var parameters = Map.of("old_snapshot_threshold", "1h", "io_method", "worker", "work_mem", "4MB");

        assertThat(PARAMETERS.check(parameters, OptionalInt.of(17), OptionalLong.empty()))
                .extracting(Finding::message)
                .containsExactly(
                        "io_method is no setting of Postgres 17; check its spelling, or remove it",
                        "old_snapshot_threshold is no setting of Postgres 17; check its spelling, or remove it");
        assertThat(PARAMETERS.check(Map.of("log_connections", "receipt"), OptionalInt.of(17), OptionalLong.empty()))
                .extracting(Finding::message)
                .containsExactly("log_connections must be on or off");
    }

    @Test
    void refuses_a_name_given_twice() {
        assertThat(check(Map.of("work_mem", "1MB", "WORK_MEM", "2MB")))
                .containsExactly(new Finding(
                        "work_mem",
                        Reason.InvalidParameterValue,
                        "work_mem is there twice; upper and lower case mean the same"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"a\nfsync = off", "a\rb", "a\0b", "a\u0085b"})
    void refuses_a_value_that_is_more_than_a_line(String value) {
        assertThat(check(Map.of("application_name", value, "my.setting", value)))
                .extracting(Finding::message)
                .containsExactly(
                        "application_name must be one line, without control characters",
                        "my.setting must be one line, without control characters");
    }

    @Test
    void never_repeats_a_value() {
        var values =
                Map.of("max_connections", "hunter2", "nonsense", "hunter2", "port", "hunter2", "autovacuum", "hunter2");

        assertThat(check(values))
                .hasSize(4)
                .noneMatch(finding -> finding.toString().contains("hunter2"));
    }

    private static List<Finding> check(Map<String, String> parameters) {
        return PARAMETERS.check(parameters, OptionalInt.empty(), OptionalLong.empty());
    }
}
