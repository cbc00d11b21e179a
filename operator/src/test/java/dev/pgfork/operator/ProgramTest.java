package dev.pgfork.operator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.pgfork.operator.mock.TestApiServer;
import io.fabric8.kubernetes.api.model.coordination.v1.Lease;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** The real process: how it starts, answers, and ends. */
class ProgramTest {
    private static final Pattern PORT = Pattern.compile("port (\\d+)");

    private final TestApiServer api = new TestApiServer();
    private final List<Process> started = new CopyOnWriteArrayList<>();
    private final List<String> output = new CopyOnWriteArrayList<>();

    @AfterEach
    void end() {
        started.forEach(Process::destroyForcibly);
        api.close();
    }

    @Test
    void endsOnRequestAndGivesTheLeaseBack() throws Exception {
        var operator = start("operator-1");
        awaitOutput("working");
        assertThat(get("/readyz")).isEqualTo("200 ok\n");
        assertThat(get("/healthz")).isEqualTo("200 ok\n");
        assertThat(get("/metrics")).startsWith("200").contains("pgfork_resources", "jvm_memory_used_bytes");

        operator.destroy();

        assertThat(operator.waitFor(10, TimeUnit.SECONDS)).isTrue();
        assertThat(operator.exitValue()).as(String.join("\n", output)).isZero();
        assertThat(lease().getSpec().getLeaseDurationSeconds()).isEqualTo(1);
    }

    @Test
    void haltsWhenTheLeaseIsLost() throws Exception {
        var operator = start("operator-1", "PGFORK_LOG_FORMAT", "json");
        awaitOutput("working");
        assertThat(output).allMatch(line -> line.startsWith("{") && line.endsWith("}"));

        api.client()
                .resource(lease())
                .patch(PatchContext.of(PatchType.JSON_MERGE), "{\"spec\":{\"holderIdentity\":\"operator-2\"}}");

        assertThat(operator.waitFor(10, TimeUnit.SECONDS)).isTrue();
        assertThat(operator.exitValue()).as(String.join("\n", output)).isEqualTo(1);
        assertThat(output).noneMatch(line -> line.contains("stopping"));
        assertThat(holder()).isEqualTo("operator-2");
    }

    @Test
    void aStandbyIsReadyAndTakesOver() throws Exception {
        var first = start("operator-1");
        awaitOutput("working");
        output.clear();
        start("operator-2");
        awaitOutput("which operator-1 holds");
        assertThat(get("/readyz")).isEqualTo("200 ok\n");

        first.destroy();

        awaitOutput("working");
        assertThat(holder()).isEqualTo("operator-2");
    }

    @Test
    void endsWhenItCannotSeeItsResources() throws Exception {
        api.refuse(
                call -> call.resource().equals("postgresforks"),
                403,
                "postgresforks.pgfork.dev is forbidden: no permission to list");

        var operator = start("operator-1");

        assertThat(operator.waitFor(20, TimeUnit.SECONDS)).isTrue();
        assertThat(operator.exitValue()).isEqualTo(1);
        assertThat(output).anyMatch(line -> line.contains("cannot watch postgresforks.pgfork.dev"));
        assertThat(lease().getSpec().getLeaseDurationSeconds()).isEqualTo(1);
    }

    @Test
    void refusesABadSettingInOneSentence() throws Exception {
        var operator = start("operator-1", "PGFORK_LOG_FORMAT", "xml");

        assertThat(operator.waitFor(10, TimeUnit.SECONDS)).isTrue();
        assertThat(operator.exitValue()).isEqualTo(2);
        assertThat(output)
                .containsExactly("pgfork cannot start: PGFORK_LOG_FORMAT is \"xml\", but must be text or json");
    }

    private Process start(String identity, String... setting) throws IOException {
        var java = ProcessHandle.current().info().command().orElseThrow();
        var builder = new ProcessBuilder(
                        java, "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-cp", classPath(), Main.class.getName())
                .redirectErrorStream(true);
        var environment = builder.environment();
        environment.keySet().removeIf(name -> name.startsWith("KUBE") || name.startsWith("PGFORK"));
        environment.put("KUBERNETES_MASTER", api.url());
        environment.put("KUBERNETES_AUTH_TRYKUBECONFIG", "false");
        environment.put("PGFORK_NAMESPACE", "test");
        environment.put("PGFORK_POD_NAME", identity);
        environment.put("PGFORK_HTTP_PORT", "0");
        for (var i = 0; i < setting.length; i += 2) {
            environment.put(setting[i], setting[i + 1]);
        }
        var process = builder.start();
        started.add(process);
        Thread.ofVirtual().start(() -> collect(process));
        return process;
    }

    /** Without the tests' own classes, whose logging is another. */
    private static String classPath() {
        var all = System.getProperty("surefire.test.class.path", System.getProperty("java.class.path"));
        return Stream.of(all.split(Pattern.quote(File.pathSeparator), -1))
                .filter(entry -> !entry.endsWith("test-classes"))
                .collect(Collectors.joining(File.pathSeparator));
    }

    private void collect(Process process) {
        try (var reader = process.inputReader(StandardCharsets.UTF_8)) {
            reader.lines().forEach(output::add);
        } catch (UncheckedIOException | IOException e) {
            output.add("the output ended: " + e.getMessage());
        }
    }

    private void awaitOutput(String text) {
        await().atMost(Duration.ofSeconds(30)).until(() -> output.stream().anyMatch(line -> line.contains(text)));
    }

    /** From the process that was started last. */
    private String get(String path) throws IOException, InterruptedException {
        var port = output.stream()
                .map(PORT::matcher)
                .filter(Matcher::find)
                .map(found -> found.group(1))
                .reduce((first, last) -> last)
                .orElseThrow();
        try (var http = HttpClient.newHttpClient()) {
            var response = http.send(
                    HttpRequest.newBuilder(URI.create("http://localhost:" + port + path))
                            .build(),
                    HttpResponse.BodyHandlers.ofString());
            return response.statusCode() + " " + response.body();
        }
    }

    private @Nullable String holder() {
        return lease().getSpec().getHolderIdentity();
    }

    private Lease lease() {
        return Objects.requireNonNull(api.client()
                .leases()
                .inNamespace("test")
                .withName(Leadership.LEASE)
                .get());
    }
}
