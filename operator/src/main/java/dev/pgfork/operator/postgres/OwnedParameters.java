package dev.pgfork.operator.postgres;

import java.util.List;
import java.util.Optional;

/** The settings that are pgfork's: with another value an instance could not be reached, trusted, forked or followed. */
final class OwnedParameters {

    /**
     * @param names of settings; one that ends in {@code *} means all that begin so
     * @param why for the user, and what to do instead
     */
    private record Owned(String why, List<String> names) {}

    private static final List<Owned> ALL = List.of(
            new Owned(
                    "clients reach an instance through its Services; set spec.service instead",
                    List.of("listen_addresses", "port", "unix_socket_*", "bonjour*")),
            new Owned(
                    "pgfork decides where files are",
                    List.of(
                            "config_file",
                            "data_directory",
                            "external_pid_file",
                            "hba_file",
                            "ident_file",
                            "include",
                            "include_dir",
                            "include_if_exists")),
            new Owned("TLS is always on, with certificates that pgfork makes and renews", List.of("ssl", "ssl_*")),
            new Owned("passwords are always SCRAM", List.of("db_user_namespace", "password_encryption")),
            new Owned(
                    "it is always on: without it a snapshot, and with it a fork, may be corrupt",
                    List.of("fsync", "full_page_writes")),
            new Owned(
                    "the log goes to the container's standard error; read it with kubectl logs",
                    List.of(
                            "event_source",
                            "log_destination",
                            "log_directory",
                            "log_file_mode",
                            "log_filename",
                            "log_rotation_*",
                            "log_truncate_on_rotation",
                            "logging_collector",
                            "syslog_*")),
            new Owned(
                    "pgfork decides which instance replicates from which, and how it recovers",
                    List.of(
                            "archive_cleanup_command",
                            "cluster_name",
                            "hot_standby",
                            "primary_conninfo",
                            "primary_slot_name",
                            "promote_trigger_file",
                            "recovery_end_command",
                            "recovery_min_apply_delay",
                            "recovery_target*",
                            "restore_command",
                            "sync_replication_slots",
                            "synchronized_standby_slots",
                            "synchronous_standby_names",
                            "wal_receiver_create_temp_slot",
                            "wal_sender_timeout")),
            new Owned("settings come from spec.parameters only", List.of("allow_alter_system")),
            new Owned("names that begin with pgfork. are for pgfork itself", List.of("pgfork.*")));

    private OwnedParameters() {}

    /** @return why a setting is not the user's, if it is not; names are in lower case */
    static Optional<String> why(String name) {
        return ALL.stream()
                .filter(owned -> owned.names.stream().anyMatch(pattern -> covers(pattern, name)))
                .map(Owned::why)
                .findFirst();
    }

    private static boolean covers(String pattern, String name) {
        return pattern.endsWith("*")
                ? name.startsWith(pattern.substring(0, pattern.length() - 1))
                : name.equals(pattern);
    }
}
