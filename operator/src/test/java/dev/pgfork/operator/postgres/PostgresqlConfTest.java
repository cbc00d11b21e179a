package dev.pgfork.operator.postgres;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;

class PostgresqlConfTest {
    private static final long MIB = 1 << 20;
    private static final long GIB = 1 << 30;
    private static final ConfigurationSource SHOP =
            new ConfigurationSource("shop", "4711", 1, Map.of(), OptionalLong.of(GIB), 20 * GIB, false, "", false);

    @Test
    void is_sorted_and_holds_the_users_settings_beside_those_that_fit_memory_and_volume() {
        var source = with(Map.of(
                "work_mem", "16MB",
                "TimeZone", "Europe/Berlin",
                "archive_mode", "on",
                "archive_command", "cp '%p' \"/a\\b/%f\""));

        assertThat(PostgresqlConf.render(source).text()).isEqualTo("""
                # Rendered by pgfork; changes made here are lost. Change spec.parameters instead.
                archive_command = 'cp ''%p'' "/a\\\\b/%f"'
                archive_mode = 'on'
                cluster_name = 'shop'
                max_slot_wal_keep_size = '5120MB'
                max_wal_size = '1024MB'
                pgfork.generation = '1'
                pgfork.revision = 'cb56f1c727'
                pgfork.uid = '4711'
                shared_buffers = '256MB'
                timezone = 'Europe/Berlin'
                wal_sender_timeout = '10s'
                work_mem = '16MB'
                include_if_exists = '../leader.conf'
                include_if_exists = '../disk.conf'
                """);
    }

    @Test
    void of_a_copy_is_read_back_so_that_it_renders_to_the_same() {
        var parameters = Map.of("log_line_prefix", "'%m' \\ [%p]", "work_mem", "16MB", "archive_timeout", "60");
        var copy = new ConfigurationSource("pr-42", "4711", 1, parameters, OptionalLong.of(GIB), GIB, true, "", false);
        var text = PostgresqlConf.render(copy).text();
        var read = PostgresqlConf.parameters(text);
        assertThat(read).containsEntry("log_line_prefix", "'%m' \\ [%p]").doesNotContainKey("archive_mode");
        var again = new ConfigurationSource("pr-42", "4711", 1, read, OptionalLong.of(GIB), GIB, true, "", false);
        assertThat(PostgresqlConf.render(again).text()).isEqualTo(text);
    }

    @Test
    void of_a_copy_never_archives() {
        var source =
                with(Map.of("archive_mode", "always", "archive_command", "cp %p /archive/%f", "ARCHIVE_timeout", "60"));
        var copy = new ConfigurationSource(
                source.name(), source.uid(), 1, source.parameters(), OptionalLong.empty(), GIB, true, "", false);

        assertThat(PostgresqlConf.render(copy).text().lines().filter(line -> line.startsWith("archive")))
                .containsExactly("archive_mode = 'off'");
    }

    @Test
    void makes_commits_wait_for_those_that_are_named() {
        var source = with(Map.of());
        assertThat(PostgresqlConf.render(source).text()).doesNotContain("synchronous_standby_names");
        var waiting = new ConfigurationSource(
                source.name(),
                source.uid(),
                1,
                Map.of(),
                OptionalLong.empty(),
                GIB,
                false,
                "ANY 1 (\"shop-a\")",
                false);
        assertThat(PostgresqlConf.render(waiting).text())
                .contains("synchronous_standby_names = 'ANY 1 (\"shop-a\")'\n");
    }

    @Test
    void leaves_memory_to_postgres_where_the_limit_is_not_known() {
        assertThat(render(OptionalLong.empty(), 20 * GIB)).doesNotContain("shared_buffers");
    }

    @Test
    void keeps_wal_small_on_a_small_volume() {
        assertThat(render(OptionalLong.of(100 * MIB), 2 * GIB))
                .contains("shared_buffers = '25MB'", "max_wal_size = '204MB'", "max_slot_wal_keep_size = '512MB'");
    }

    @Test
    void never_asks_for_less_than_postgres_can_run_with() {
        assertThat(render(OptionalLong.of(1), MIB))
                .contains("shared_buffers = '1MB'", "max_wal_size = '64MB'", "max_slot_wal_keep_size = '64MB'");
    }

    @Test
    void lets_the_user_choose_what_was_only_a_default() {
        var text = PostgresqlConf.render(
                        with(Map.of("Shared_Buffers", "1GB", "max_wal_size", "4GB", "max_slot_wal_keep_size", "1GB")))
                .text();

        assertThat(text)
                .contains("shared_buffers = '1GB'", "max_wal_size = '4GB'", "max_slot_wal_keep_size = '1GB'")
                .doesNotContain("256MB", "1024MB", "5120MB");
    }

    @Test
    void has_a_revision_that_is_the_same_for_the_same_and_another_for_whatever_differs() {
        var revision = PostgresqlConf.render(SHOP).revision();

        assertThat(PostgresqlConf.render(with(Map.of())).revision()).isEqualTo(revision);
        assertThat(PostgresqlConf.render(with(Map.of("work_mem", "16MB"))).revision())
                .isNotEqualTo(revision);
        assertThat(PostgresqlConf.render(new ConfigurationSource(
                                "shop", "4711", 1, Map.of(), OptionalLong.of(GIB), 20 * GIB, false, "", true))
                        .revision())
                .as("pg_hba.conf belongs to it")
                .isNotEqualTo(revision);
    }

    @Test
    void writes_no_second_line_into_the_file() {
        var source = with(Map.of("application_name", "a\nfsync='off\\"));

        assertThat(PostgresqlConf.render(source).text()).contains("application_name = 'a\\012fsync=''off\\\\'\n");
    }

    private static ConfigurationSource with(Map<String, String> parameters) {
        return new ConfigurationSource(
                "shop", "4711", 1, parameters, SHOP.memoryLimit(), SHOP.volumeSize(), false, "", false);
    }

    private static String render(OptionalLong memoryLimit, long volumeSize) {
        return PostgresqlConf.render(
                        new ConfigurationSource("shop", "4711", 1, Map.of(), memoryLimit, volumeSize, false, "", false))
                .text();
    }
}
