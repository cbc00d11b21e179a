package dev.pgfork.operator.instance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.pgfork.operator.postgres.ScramVerifier;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Properties;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.postgresql.Driver;

/**
 * The instance script as a pod runs it, without Kubernetes: PID 1 of its own PID, mount and IPC namespaces in a
 * Postgres root file system, with the files and the environment that the operator renders. Verbs enter the namespaces,
 * as an exec does.
 */
final class ScriptedInstance implements AutoCloseable {
    static final Duration PATIENCE = Duration.ofMinutes(1);
    static final String OWNER_PASSWORD = "password-of-the-owner";
    static final String PGFORK_PASSWORD = "password-of-pgfork";

    /** Where the root file system sees the instance's folders; /pgfork in a pod. */
    private static final String INSIDE = "/mnt";

    /** Root file system, the instance's folder, its volume; then the program that this becomes. */
    private static final String ENTER = """
            set -e; root=$1 folder=$2 volume=$3; shift 3
            mount --make-rprivate /
            mount --bind "$folder" "$root/mnt"; mount --bind "$volume" "$root/mnt/volume"
            : >>"$root/etc/hosts"; mount --bind "$folder/hosts" "$root/etc/hosts"
            mount --bind "$folder/socket" "$root/run/postgresql"
            mount -t proc proc "$root/proc"; mount --rbind /dev "$root/dev"; mount -t tmpfs tmpfs "$root/dev/shm"
            mount -t tmpfs tmpfs "$root/tmp"; chmod 1777 "$root/dev/shm" "$root/tmp"
            exec chroot --userspec=999:999 "$root" "$@"
            """;

    private static final JsonMapper JSON = new JsonMapper();

    final InstanceTemplate template;
    final Path volume;
    final Path folder = RootFileSystem.newFolder();
    final int port;
    final PemPair authority;
    private final Map<String, String> environment = new LinkedHashMap<>();
    private @Nullable Process namespace;

    ScriptedInstance(InstanceTemplate template, Path volume, int port) {
        this(template, volume, port, certificates().newAuthority(template));
    }

    /** Under another one's authority. */
    ScriptedInstance(InstanceTemplate template, Path volume, int port, PemPair authority) {
        this.authority = authority;
        this.template = template;
        this.volume = volume;
        this.port = port;
        InstanceEnvironment.of(template).forEach(variable -> environment.put(variable.getName(), variable.getValue()));
        environment.put("PGFORK_ROOT", INSIDE);
        environment.put("PGFORK_PORT", Integer.toString(port));
        environment.put("PATH", INSIDE + "/bin:/usr/lib/postgresql/17/bin:/usr/bin:/bin");
        var files = new InstanceConfiguration(InstanceScript.load()).files(template);
        files.forEach(
                (name, content) -> RootFileSystem.write(folder.resolve("script").resolve(name), content));
        var random = new SecureRandom();
        RootFileSystem.write(
                folder.resolve("roles/owner"),
                ScramVerifier.of(OWNER_PASSWORD, random).text() + "\n");
        RootFileSystem.write(
                folder.resolve("roles/pgfork"),
                ScramVerifier.of(PGFORK_PASSWORD, random).text() + "\n");
        RootFileSystem.write(
                folder.resolve("roles/replication.password"),
                "password-of-" + template.owner().name());
        RootFileSystem.write(
                folder.resolve("hosts"),
                "127.0.0.1 localhost shop-instance.prod.svc second-instance.prod.svc replica-instance.prod.svc other-instance.prod.svc\n");
        var server = certificates().newServerCertificate(template, authority);
        RootFileSystem.write(folder.resolve("tls/tls.crt"), server.certificate());
        RootFileSystem.write(folder.resolve("tls/tls.key"), server.privateKey());
        RootFileSystem.write(folder.resolve("tls/ca.crt"), authority.certificate());
        List.of("run/x", "socket/x", "volume/x").forEach(name -> RootFileSystem.write(folder.resolve(name), ""));
        Gate.install(folder.resolve("bin"), INSIDE);
    }

    private static Certificates certificates() {
        return new Certificates("cluster.local", new SecureRandom(), Clock.systemUTC());
    }

    /** How others reach it; in a cluster the port is always the same. */
    String host() {
        return template.owner().name() + "-instance.prod.svc:" + port;
    }

    /** A role of the source that may log in with that password; before the start. */
    ScriptedInstance letting(String role, String password) {
        RootFileSystem.write(
                folder.resolve("roles").resolve(SecretData.unlocked(role)),
                ScramVerifier.of(password, new SecureRandom()).text());
        return this;
    }

    /** Another value than the operator's; before the start. */
    ScriptedInstance with(String variable, String value) {
        environment.put(variable, value);
        return this;
    }

    /** A pod's container starts; its run folder, which a pod's containers share, stays what it was. */
    ScriptedInstance start() {
        var startsBefore = starts();
        // A shell in the background has its programs ignore SIGINT, which bash could not trap then.
        var command = new ArrayList<>(List.of(
                "env", "--default-signal=INT,QUIT", "unshare", "--pid", "--fork", "--mount", "--ipc", "--kill-child"));
        command.addAll(List.of("bash", "-c", ENTER, "enter", RootFileSystem.PATH.toString()));
        command.addAll(List.of(folder.toString(), volume.toString()));
        command.addAll(inside("run"));
        try {
            namespace = new ProcessBuilder(command)
                    .redirectErrorStream(true)
                    .redirectOutput(ProcessBuilder.Redirect.appendTo(
                            folder.resolve("log").toFile()))
                    .start();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        await().atMost(PATIENCE)
                .pollDelay(Duration.ZERO)
                .pollInterval(Duration.ofMillis(2))
                .until(() -> !process().isAlive() || starts() > startsBefore);
        return this;
    }

    /** Starts it and waits until it runs, is fenced or failed. */
    JsonNode startAndWait() {
        return start().awaitSettled(PATIENCE);
    }

    JsonNode awaitSettled(Duration patience) {
        return call("status", Long.toString(patience.toSeconds()));
    }

    ScriptedInstance running() {
        assertThat(phaseOf(startAndWait())).as(log()).isEqualTo("running");
        return this;
    }

    static String phaseOf(JsonNode status) {
        return status.path("phase").asText() + status.path("reason").asText("");
    }

    // --- Verbs -------------------------------------------------------------------------------------------------------

    JsonNode call(String... verb) {
        return callWith(null, verb);
    }

    /** @param input goes out with its length before it, and is followed by no end of file while the verb runs */
    JsonNode callWith(@Nullable String input, String... verb) {
        var answer = exec(input, verb);
        assertThat(answer.output().lines()).as(() -> answer + log()).hasSize(1);
        var json = read(answer.output());
        assertThat(json.path("ok").asBoolean()).as(answer.toString()).isEqualTo(answer.exitCode() == 0);
        return json;
    }

    static JsonNode read(String answer) {
        try {
            return JSON.readTree(answer);
        } catch (IOException e) {
            throw new UncheckedIOException(answer, e);
        }
    }

    record Answer(int exitCode, String output, String errors) {}

    Answer exec(@Nullable String input, String... verb) {
        var process = begin(verb);
        if (input != null) {
            try {
                tell(process, input.getBytes(StandardCharsets.UTF_8).length + "\n" + input);
            } catch (UncheckedIOException e) {
                var answer = end(process);
                throw new AssertionError("it ended before it had read its input: " + answer + log(), e);
            }
        }
        return end(process);
    }

    /** What {@code listen} says if it is told this, and its input ends then. */
    String listen(String seconds, String input) {
        var process = begin("listen", seconds);
        tell(process, input);
        try {
            process.getOutputStream().close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return end(process).output();
    }

    Process begin(String... verb) {
        var command =
                new ArrayList<>(List.of("nsenter", "--target", Long.toString(pid()), "--pid", "--mount", "--ipc"));
        command.addAll(List.of("chroot", "--userspec=999:999", RootFileSystem.PATH.toString()));
        command.addAll(inside(verb));
        try {
            return new ProcessBuilder(command).start();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static void tell(Process process, String input) {
        try {
            process.getOutputStream().write(input.getBytes(StandardCharsets.UTF_8));
            process.getOutputStream().flush();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static Answer end(Process process) {
        try {
            assertThat(process.waitFor(PATIENCE.toSeconds(), TimeUnit.SECONDS))
                    .as("%s ends", process.info().commandLine())
                    .isTrue();
            return new Answer(
                    process.exitValue(),
                    new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8),
                    new String(process.getErrorStream().readAllBytes(), StandardCharsets.UTF_8));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    boolean probe(String... command) {
        return exec(null, command).exitCode() == 0;
    }

    /** The verb sql; statements name schemas, because the verb's search path is empty. */
    String sql(String database, String sql) {
        var answer = callWith(sql, "sql", database);
        assertThat(answer.path("ok").asBoolean()).as("%s: %s", sql, answer).isTrue();
        return answer.path("output").asText();
    }

    // --- From outside ------------------------------------------------------------------------------------------------

    Connection login(String role, String password, String database) throws SQLException {
        return login(Map.of("user", role, "password", password, "PGDBNAME", database));
    }

    /** As the owner with TLS, unless the properties of pgjdbc say otherwise. */
    Connection login(Map<String, String> properties) throws SQLException {
        var all = new Properties();
        all.putAll(Map.of("user", "app", "password", OWNER_PASSWORD, "sslmode", "require", "loginTimeout", "20"));
        all.putAll(properties);
        var database = properties.getOrDefault("PGDBNAME", "app");
        var connection = new Driver().connect("jdbc:postgresql://127.0.0.1:" + port + "/" + database, all);
        return Objects.requireNonNull(connection);
    }

    /** PID 1, as this host counts. */
    long pid() {
        return process().toHandle().children().findFirst().orElseThrow().pid();
    }

    void signal(String signal) {
        RootFileSystem.run("kill", "-" + signal, Long.toString(pid()));
    }

    /** Ends the container as Kubernetes does; returns PID 1's exit code. */
    int stop(String signal) {
        signal(signal);
        return awaitEnd();
    }

    int awaitEnd() {
        try {
            assertThat(process().waitFor(PATIENCE.toSeconds(), TimeUnit.SECONDS))
                    .as(() -> "it ends\n" + log())
                    .isTrue();
            return process().exitValue();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    /** Every process of the container, at one instant. */
    void kill() {
        signal("KILL");
        awaitEnd();
    }

    /** Processes of the container whose command line has that text. */
    List<ProcessHandle> processes(String text) {
        return process()
                .toHandle()
                .descendants()
                .filter(process -> commandLine(process.pid()).contains(text))
                .toList();
    }

    /** Every process of its servers. Not by command line: those of other programs name PostgreSQL's folder. */
    List<ProcessHandle> servers() {
        return processes("").stream()
                .filter(process -> read(process.pid(), "comm").strip().equals("postgres"))
                .toList();
    }

    static String commandLine(long pid) {
        return read(pid, "cmdline").replace('\0', ' ');
    }

    private static String read(long pid, String file) {
        try {
            return Files.readString(Path.of("/proc/" + pid, file));
        } catch (IOException e) {
            return ""; // it ended
        }
    }

    Gate gate(String program) {
        return new Gate(folder.resolve("bin"), program);
    }

    String log() {
        return Files.exists(folder.resolve("log")) ? RootFileSystem.read(folder.resolve("log")) : "";
    }

    Path pgdata() {
        return volume.resolve("pgdata");
    }

    String state() {
        return RootFileSystem.read(volume.resolve("state"));
    }

    @Override
    public void close() {
        if (namespace != null && namespace.isAlive()) {
            kill();
        }
        RootFileSystem.run("rm", "-rf", folder.toString());
    }

    private List<String> inside(String... verb) {
        var command = new ArrayList<>(List.of("env", "-i"));
        environment.forEach((name, value) -> command.add(name + "=" + value));
        command.addAll(List.of("bash", INSIDE + "/script/" + InstanceScript.MAIN));
        command.addAll(List.of(verb));
        return command;
    }

    /** How often PID 1 has said that it starts: after that, nothing of an earlier container is left. */
    private long starts() {
        return log().lines()
                .filter(line -> line.startsWith("pgfork: instance "))
                .count();
    }

    private Process process() {
        assertThat(namespace).as("started").isNotNull();
        return namespace;
    }
}
