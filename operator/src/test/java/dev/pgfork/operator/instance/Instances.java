package dev.pgfork.operator.instance;

import static org.assertj.core.api.Assertions.assertThat;

import dev.pgfork.operator.kube.Owner;
import dev.pgfork.operator.postgres.Lsn;
import dev.pgfork.operator.postgres.ScramVerifier;
import io.fabric8.kubernetes.api.model.Quantity;
import io.fabric8.kubernetes.api.model.ResourceRequirements;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Map;

/** Makes instances for a test, and ends them after it. */
final class Instances implements AutoCloseable {
    private final Deque<ScriptedInstance> made = new ArrayDeque<>();
    private final Deque<Path> volumes = new ArrayDeque<>();

    /** A volume that the script has made and opened once, as every database has it after a stop. */
    private static final class Opened {
        static final Path VOLUME = make();

        private static Path make() {
            try (var instances = new Instances()) {
                var instance = instances.empty(Map.of()).running();
                assertThat(instance.stop("TERM")).as(instance.log()).isZero();
                var volume = instances.volumes.pop();
                Runtime.getRuntime()
                        .addShutdownHook(new Thread(() -> RootFileSystem.run("rm", "-rf", volume.toString())));
                return volume;
            }
        }
    }

    /** A new database on an empty volume. */
    ScriptedInstance empty(Map<String, String> parameters) {
        return on(newVolume(), database(parameters));
    }

    /** A database that has been opened before. */
    ScriptedInstance database() {
        return database(Map.of(), Opened.VOLUME);
    }

    ScriptedInstance databaseWith(Map<String, String> parameters) {
        return database(parameters, Opened.VOLUME);
    }

    private ScriptedInstance database(Map<String, String> parameters, Path original) {
        return on(copy(original), database(parameters));
    }

    /** A fork of it, cut now, with every process of the source stopped: as atomic as a snapshot. Not started yet. */
    ScriptedInstance forkOf(ScriptedInstance source) {
        return forkOf(source, Map.of());
    }

    ScriptedInstance forkOf(ScriptedInstance source, Map<String, String> parameters) {
        var cut = source.sql("postgres", "SELECT pg_logical_emit_message(true, 'pgfork', 'cut')");
        var status = source.call("status");
        var seed = new Seed.Snapshot(
                "snapshot",
                status.path("systemIdentifier").asText(),
                Lsn.parse(cut),
                status.path("timeline").asInt());
        return on(cut(source), template("fork", "PostgresFork", "fork-uid", parameters, seed));
    }

    /**
     * A fork of a standby, cut now. Not started yet.
     *
     * @param replayed position of the standby that was noted before
     * @param timeline that it received then
     */
    ScriptedInstance forkOfStandby(ScriptedInstance standby, String replayed, int timeline) {
        var identifier = standby.call("status").path("systemIdentifier").asText();
        var seed = new Seed.Snapshot("snapshot", identifier, Lsn.parse(replayed), timeline);
        return on(cut(standby), template("fork", "PostgresFork", "fork-uid", Map.of(), seed));
    }

    /** A standby of it, with slot and role made first and seeded from its volume the same way. Not started yet. */
    ScriptedInstance standbyOf(ScriptedInstance leader, Map<String, String> parameters) {
        return standbyOf(leader, "replica", parameters);
    }

    ScriptedInstance standbyOf(ScriptedInstance leader, String name, Map<String, String> parameters) {
        admit(leader, name);
        return follower(leader, cut(leader), name, parameters).with("PGFORK_SEED", "snapshot");
    }

    /** A standby on an empty volume. */
    ScriptedInstance baseBackupOf(ScriptedInstance leader, String name) {
        admit(leader, name);
        return follower(leader, newVolume(), name, Map.of());
    }

    /** Lets a member replicate from it: role and slot. */
    void admit(ScriptedInstance leader, String name) {
        var role = ReplicationNames.role(name);
        var verifier =
                ScramVerifier.of("password-of-" + name, new SecureRandom()).text();
        leader.sql("postgres", """
                SELECT 'CREATE ROLE pgfork_replication NOLOGIN'
                 WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'pgfork_replication') \\gexec
                SELECT $$CREATE ROLE "%1$s" LOGIN REPLICATION IN ROLE pgfork_replication PASSWORD '%2$s'$$
                 WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = '%1$s') \\gexec
                """.formatted(role, verifier));
        giveSlot(leader, name);
    }

    /** A standby may have slots, too: of those that will follow it once it is promoted. */
    void giveSlot(ScriptedInstance server, String name) {
        server.sql("postgres", "SELECT pg_create_physical_replication_slot('%s', true)".formatted(slot(name)));
    }

    private static String slot(String name) {
        return ReplicationNames.slot(member(name));
    }

    private static Owner member(String name) {
        var kind = name.equals("shop") ? "PostgresDatabase" : "PostgresFollower";
        return new Owner(Templates.SHOP.apiVersion(), kind, "prod", name, name + "-uid");
    }

    private ScriptedInstance follower(
            ScriptedInstance leader, Path volume, String name, Map<String, String> parameters) {
        var identifier = leader.call("status").path("systemIdentifier").asText();
        var template = template(name, "PostgresFollower", name + "-uid", parameters, new Seed.BaseBackup(identifier, 1))
                .withMembership(new Membership(Templates.SHOP, null, List.of()))
                .withRole(Role.STANDBY, 1, "shop");
        var instance = new ScriptedInstance(template, volume, freePort(), leader.authority);
        made.push(instance);
        return instance.with("PGFORK_LEADER", leader.host());
    }

    ScriptedInstance on(Path volume, InstanceTemplate template) {
        var instance = new ScriptedInstance(template, volume, freePort());
        made.push(instance);
        return instance;
    }

    Path cut(ScriptedInstance source) {
        var processes = source.processes("").stream()
                .map(process -> Long.toString(process.pid()))
                .toList();
        signal("-STOP", processes);
        try {
            return copy(source.volume);
        } finally {
            signal("-CONT", processes);
        }
    }

    private static void signal(String signal, List<String> processes) {
        // One of them may have ended by itself.
        RootFileSystem.run("bash", "-c", "kill $1 $2 2>/dev/null || :", "signal", signal, String.join(" ", processes));
    }

    Path newVolume() {
        var volume = RootFileSystem.newFolder();
        volumes.push(volume);
        return volume;
    }

    Path copy(Path original) {
        var volume = newVolume();
        RootFileSystem.run("cp", "-a", "--reflink=auto", original + "/.", volume.toString());
        return volume;
    }

    static InstanceTemplate database(Map<String, String> parameters) {
        return template("shop", "PostgresDatabase", "shop-uid", parameters, new Seed.InitDb("C.UTF-8", List.of()));
    }

    static InstanceTemplate template(String name, String kind, String uid, Map<String, String> parameters, Seed seed) {
        var plain = Templates.database();
        var owner = new Owner(plain.owner().apiVersion(), kind, "prod", name, uid);
        return new InstanceTemplate(
                owner,
                1,
                plain.image(),
                new Quantity("1Gi"),
                null,
                null,
                plain.accessMode(),
                new ResourceRequirements(),
                parameters,
                plain.pod(),
                plain.service(),
                seed,
                Role.PRIMARY,
                1,
                "app",
                "app",
                false,
                Membership.independent(owner));
    }

    @Override
    public void close() {
        made.forEach(ScriptedInstance::close);
        made.clear();
        volumes.forEach(volume -> RootFileSystem.run("rm", "-rf", volume.toString()));
        volumes.clear();
    }

    private static int freePort() {
        try (var socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
