package dev.pgfork.operator.instance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.pgfork.operator.postgres.DiskSpace;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** A volume with so little space that it gets full: a file system in memory, which can grow, too. */
@Tag("postgres")
class FullVolumeInstanceScriptTest {
    private final Instances instances = new Instances();
    private final Path volume = RootFileSystem.newFolder();

    @BeforeEach
    void mount() {
        RootFileSystem.run(
                "mount", "-t", "tmpfs", "-o", "size=160m,mode=0755,uid=999,gid=999", "tmpfs", volume.toString());
    }

    @AfterEach
    void end() {
        instances.close();
        RootFileSystem.run("umount", volume.toString());
        RootFileSystem.run("rmdir", volume.toString());
    }

    @Test
    void tellsByStatusAndBySettingHowMuchIsLeft() {
        var shop = database();
        await().atMost(ScriptedInstance.PATIENCE).until(() -> disk(shop).isPresent());
        var before = disk(shop).orElseThrow();
        assertThat(before.size()).isEqualTo(160L << 20);
        await().atMost(ScriptedInstance.PATIENCE)
                .until(() -> setting(shop).equals(before.size() + " " + before.free()));

        fill(40);

        await().atMost(ScriptedInstance.PATIENCE)
                .until(() -> disk(shop).orElseThrow().free() <= before.free() - (30L << 20));
        assertThat(shop.call("status").path("step").asText())
                .as("all else is as it was")
                .doesNotMatch("[0-9]+");
        var after = disk(shop).orElseThrow();
        await().atMost(ScriptedInstance.PATIENCE).until(() -> setting(shop).equals(after.size() + " " + after.free()));
    }

    @Test
    void aServerThatEndsBecauseItsVolumeIsFullSaysSoAndComesBackWhenThereIsSpace() throws SQLException {
        var shop = database();
        shop.sql("app", "CREATE TABLE public.t (n int, filler text)");
        shop.sql("app", "ALTER TABLE public.t OWNER TO app");
        fillUp();
        var acknowledged = writeUntilItEnds(shop);

        fillWal(shop);
        assertThat(shop.probe("alive")).isTrue();
        assertThat(shop.call("status").path("message").asText()).contains("of 160 MiB of the volume are left");
        assertThat(shop.call("status").path("crashes").asInt(-1)).isZero();

        RootFileSystem.run("mount", "-o", "remount,size=400m", volume.toString());
        await().atMost(ScriptedInstance.PATIENCE)
                .until(() -> ScriptedInstance.phaseOf(shop.call("status")).equals("running"));
        assertThat(Integer.parseInt(
                        shop.sql("app", "SELECT count(*) FROM public.t").strip()))
                .isGreaterThanOrEqualTo(acknowledged);
    }

    /** A primary whose volume is full can be fenced, or no follower could take its place. */
    @Test
    void aFullVolumeHasRoomForAFence() {
        var shop = database();
        await().atMost(ScriptedInstance.PATIENCE).until(() -> Files.exists(spare()));
        fillUp();
        assertThat(shop.call("fence", "2").path("ok").asBoolean()).isTrue();
        assertThat(shop.state()).contains("role=fenced\n");
    }

    /** What cannot be written to the volume is refused, and what was there before stays. */
    @Test
    void aVolumeWithoutAnyRoomKeepsTheStateFile() {
        var shop = database();
        await().atMost(ScriptedInstance.PATIENCE).until(() -> Files.exists(spare()));
        RootFileSystem.run("rm", spare().toString());
        fillUp();
        var before = shop.state();
        var refused = shop.call("fence", "2");
        assertThat(refused.path("reason").asText()).isEqualTo("VolumeUnwritable");
        assertThat(shop.state()).isEqualTo(before);

        RootFileSystem.run("rm", filler());
        assertThat(shop.call("fence", "2").path("ok").asBoolean()).isTrue();
        assertThat(shop.state()).contains("role=fenced\n");
        await().atMost(ScriptedInstance.PATIENCE).until(() -> Files.exists(spare()));
    }

    private ScriptedInstance database() {
        return instances
                .on(volume, Instances.database(Map.of("max_wal_size", "64MB")))
                .running();
    }

    private static int writeUntilItEnds(ScriptedInstance shop) throws SQLException {
        var acknowledged = 0;
        try (var client = shop.login("app", ScriptedInstance.OWNER_PASSWORD, "app");
                var statement = client.createStatement()) {
            // 200 MB, more than there is.
            for (; acknowledged < 2000; acknowledged++) {
                statement.execute("INSERT INTO t SELECT 1, string_agg(md5(random()::text), '') FROM"
                        + " generate_series(1, 3000)");
            }
        } catch (SQLException e) {
            // 53100: a file of data; otherwise the connection has ended with the server.
            assertThat(e.getSQLState()).isIn("53100", "57P02", "08006", "58030", "08003");
        }
        assertThat(acknowledged).isLessThan(2000);
        return acknowledged;
    }

    /** Tables cannot grow any more; WAL still can, to the last byte of the files that are there. */
    private static void fillWal(ScriptedInstance shop) {
        var bytes = new AtomicInteger(1_000_000);
        await().atMost(ScriptedInstance.PATIENCE).until(() -> {
            var written = shop.exec(
                    "SELECT pg_catalog.pg_logical_emit_message(true, 'x', pg_catalog.repeat('x', %d))"
                            .formatted(bytes.get()),
                    "sql",
                    "app");
            if (written.exitCode() != 0) {
                // Recovery takes back what did not fit.
                bytes.updateAndGet(n -> Math.max(n / 2, 64));
            }
            return ScriptedInstance.phaseOf(shop.call("status")).equals("failedDiskFull");
        });
    }

    private void fillUp() {
        RootFileSystem.run("bash", "-c", "dd if=/dev/zero of=\"$1\" bs=4k status=none || :", "fill", filler());
    }

    private Path spare() {
        return volume.resolve("spare");
    }

    private void fill(int megabytes) {
        RootFileSystem.run("dd", "if=/dev/zero", "of=" + filler(), "bs=1M", "count=" + megabytes, "status=none");
    }

    private String filler() {
        return volume.resolve("filler").toString();
    }

    private static Optional<DiskSpace> disk(ScriptedInstance shop) {
        return DiskSpace.parse(shop.call("status").path("disk").asText());
    }

    private static String setting(ScriptedInstance shop) {
        return shop.sql("app", "SELECT pg_catalog.current_setting('pgfork.disk', true)")
                .strip();
    }
}
