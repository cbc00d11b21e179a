package dev.pgfork.operator;

import java.util.List;
import java.util.Map;

/** Values at the edges of what the API server takes, by what they are for. */
final class EdgeValues {
    static final List<Long> INTEGERS =
            List.of(0L, 1L, 2L, 20L, -1L, (long) Integer.MAX_VALUE, (long) Integer.MIN_VALUE);

    /** As Kubernetes takes them where it runs a container. */
    static final List<String> QUANTITIES = List.of(
            "1Gi",
            "512Mi",
            "250m",
            "0",
            "-1",
            "1",
            "1m",
            "1n",
            "+1Gi",
            ".5",
            "1.",
            "1e3",
            "1E3",
            "1E",
            "1e-3",
            "-1Gi",
            "99999999999999999999Ei",
            "1e99",
            "0.000000000001",
            "00001k");

    static final List<String> TEXTS = List.of(
            "",
            " ",
            "a",
            "A",
            "fast",
            "prod",
            "pgfork.dev/instance",
            "app.kubernetes.io/name",
            "In",
            "Exists",
            "ü",
            "数据库",
            "🐘",
            "a b",
            "a\nb",
            "a\tb",
            "\0",
            "'",
            "\"",
            "\\",
            "'; DROP TABLE x; --",
            "$(id)",
            "${x}",
            "%s%n%d",
            "{{.}}",
            "../../etc/passwd",
            "-",
            "null",
            "~",
            "0",
            "x".repeat(300),
            "ü".repeat(5000));

    /** Settings and values for them that may be right. */
    static final List<List<String>> SETTINGS = List.of(
            List.of("work_mem", "8MB", "64", "1GB"),
            List.of("max_connections", "200", "1", "0", "-1"),
            List.of("shared_buffers", "128MB", "1TB", "16"),
            List.of("wal_level", "logical", "replica", "minimal"),
            List.of("log_line_prefix", "%m ", "", "it's"),
            List.of("max_slot_wal_keep_size", "1GB", "-1", "0"),
            List.of("archive_command", "cp %p /x", ""),
            List.of("my.setting", "a", "", "\\"),
            List.of("MAX_WAL_SIZE", "1GB", "1e3MB", "0x400"),
            List.of("random_page_cost", "1.1", "1e-3", "NaN", ".5"),
            List.of("fsync", "off"),
            List.of("no_such_setting", "1"),
            List.of("", ""),
            List.of("a\nb", "c"));

    private static final List<String> SIZES = List.of(
            "1Gi",
            "1Gi",
            "1Gi",
            "2Gi",
            "512Mi",
            "1",
            "1m",
            "1n",
            "+1Gi",
            ".5",
            "1.",
            "1e3",
            "1E",
            "1e9",
            "1e18",
            "9223372036854775806",
            "7.9Ei",
            "0.5Gi");

    private static final List<String> TIMES = List.of(
            "2000-01-01T00:00:01Z",
            "2020-02-29T23:59:59.999999999Z",
            "2020-01-01T00:00:00+17:59",
            "2020-01-01T00:00:00-17:59",
            "2026-11-21T10:00:00.5+02:00",
            "9999-12-31T23:59:59Z",
            "9999-12-31T23:59:59.999999999+17:59");

    private static final Map<String, List<String>> FIELDS = Map.ofEntries(
            Map.entry("/storage/size", SIZES),
            Map.entry("/maxLag", SIZES),
            Map.entry("/promote/at", TIMES),
            Map.entry("/resetAt", TIMES),
            Map.entry("/ttl", List.of("1s", "87600h", "1h30m", "0h0m1s", "5256000m", "000001h", "999999s")),
            Map.entry("/bootstrap/database", List.of("app", "_", "a".repeat(63), "select")),
            Map.entry("/bootstrap/owner", List.of("app", "_", "o".repeat(63), "user")),
            Map.entry("/bootstrap/locale", List.of("C.UTF-8", "C", "-", "..", "x".repeat(64))),
            Map.entry("/bootstrap/extensions/-", List.of("pg_trgm", "uuid-ossp", "_", "e".repeat(63))),
            Map.entry("/access/roles/-", List.of("ro", "RO", "_", "R".repeat(63), "public", "none")),
            Map.entry("/forks/sanitize/-/database", List.of("app", "ü", "\"", "a b", "d".repeat(63))),
            Map.entry("/sanitize/-/database", List.of("app", "数据库", "'", "$1", "d".repeat(63))),
            Map.entry("/storage/storageClassName", List.of("fast", "none-such", "")),
            Map.entry("/storage/volumeSnapshotClassName", List.of("fast", "none-such", "", "ü")));

    private static final Map<String, List<String>> PATTERNS = Map.of(
            "^[a-z0-9]([-a-z0-9]*[a-z0-9])?$", List.of("a", "fuzz", "nowhere", "0", "a--b"),
            "^[1-9][0-9]{0,3}(s|m)$|^([1-9]|1[0-9]|2[0-4])h$", List.of("1s", "9999s", "9999m", "24h"),
            "^[1-9][0-9]{0,4}(m|h)$", List.of("1m", "99999h"),
            "^[1-9][0-9]{0,4}(s|m|h)$", List.of("1s", "99999h"));

    private EdgeValues() {}

    /** @return empty: any text will do */
    static List<String> ofField(String path) {
        return FIELDS.getOrDefault(path, List.of());
    }

    static List<String> ofPattern(String pattern) {
        var values = PATTERNS.get(pattern);
        if (values == null || values.stream().anyMatch(value -> !value.matches(pattern))) {
            throw new IllegalStateException("Name some values here that match " + pattern);
        }
        return values;
    }
}
