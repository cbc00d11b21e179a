package dev.pgfork.operator.instance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.pgfork.operator.kube.PodExec;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.sql.SQLException;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** The verb reload, called by the operator's own code: a new configuration without a restart. */
@Tag("postgres")
class ReloadInstanceScriptTest {
    private static final String GOOD_SETTING = "work_mem = '7MB'\n";

    private final Instances instances = new Instances();
    private ScriptedInstance shop;

    @BeforeEach
    void start() {
        shop = instances.database().running();
    }

    @AfterEach
    void end() {
        instances.close();
    }

    @Test
    void aNewCertificateIsServedAndOldConnectionsStay() throws SQLException {
        var certificates = new Certificates("cluster.local", new SecureRandom(), Clock.systemUTC());
        var authority = certificates.newAuthority(shop.template);
        var renewed = certificates.newServerCertificate(shop.template, authority);
        var oldAuthority = shop.folder.resolve("tls/ca.crt");
        var newAuthority = shop.folder.resolve("new-ca.crt");
        RootFileSystem.write(newAuthority, authority.certificate());
        assertThat(isTrusted(oldAuthority)).isTrue();
        assertThat(isTrusted(newAuthority)).isFalse();

        try (var client = shop.login("app", ScriptedInstance.OWNER_PASSWORD, "app")) {
            reload(Map.of(
                    "tls.crt",
                    renewed.certificate(),
                    "tls.key",
                    renewed.privateKey(),
                    "ca.crt",
                    authority.certificate()));
            await().atMost(ScriptedInstance.PATIENCE).until(() -> isTrusted(newAuthority));
            assertThat(isTrusted(oldAuthority)).isFalse();
            assertThat(client.isValid(10)).as("an old connection").isTrue();
        }
        assertThat(shop.log()).doesNotContain("PRIVATE KEY");
    }

    @Test
    void settingsAreInForceAndSurviveTheContainer() throws IOException {
        var text = RootFileSystem.read(shop.folder.resolve("script/postgresql.conf"));
        reload(Map.of("postgresql.conf", text + "work_mem = '5MB'\n"));
        reload(Map.of("postgresql.conf", text + GOOD_SETTING));
        await().atMost(ScriptedInstance.PATIENCE)
                .until(() -> shop.sql("postgres", "SHOW work_mem").equals("7MB"));

        shop.kill();
        shop.running();
        assertThat(shop.sql("postgres", "SHOW work_mem"))
                .as("newer than what is mounted")
                .isEqualTo("7MB");
        try (var files = Files.walk(shop.folder.resolve("run").resolve(inUse()))) {
            assertThat(files.filter(Files::isRegularFile))
                    .hasSize(6)
                    .allSatisfy(file ->
                            assertThat(Files.getPosixFilePermissions(file)).hasSize(2));
        }
        try (var folders = Files.list(shop.folder.resolve("run"))) {
            assertThat(folders.filter(path -> path.getFileName().toString().startsWith("conf.")))
                    .hasSize(1);
        }
    }

    @Test
    void aServerThatIsDownStartsWithIt() {
        shop.call("fence", "2");
        var text = RootFileSystem.read(shop.folder.resolve("script/postgresql.conf"));
        reload(Map.of("postgresql.conf", text + GOOD_SETTING));
        shop.call("unfence", "2");
        assertThat(shop.sql("postgres", "SHOW work_mem")).isEqualTo("7MB");
    }

    @Test
    void aConfigurationWithErrorsIsRefusedAsAWhole() {
        var before = inUse();
        var hba = RootFileSystem.read(shop.folder.resolve("script/pg_hba.conf"));
        assertThatThrownBy(() -> reload(Map.of("postgresql.conf", "shared_buffers = lots\n", "pg_hba.conf", hba)))
                .hasMessageContaining("shared_buffers");
        assertThatThrownBy(() -> reload(Map.of("pg_hba.conf", hba + "hostssl all all all no-such-method\n")))
                .hasMessageContaining("pg_hba.conf");
        assertThat(inUse()).isEqualTo(before);
        assertThat(shop.sql("postgres", "SELECT count(*) FROM pg_hba_file_rules WHERE error IS NOT NULL"))
                .isEqualTo("0");
    }

    @Test
    void aBundleThatIsNotWellFormedIsRefused() {
        var before = inUse();
        for (var bundle : List.of(
                "../tls.key 3\nabc",
                "passwd 3\nabc",
                "tls.key 4\nabc",
                "tls.key x\nabc",
                "tls.key 1\naca.crt 1\natls.key 1\na",
                "tls.key")) {
            assertThat(shop.callWith(bundle, "reload").path("reason").asText())
                    .as(bundle)
                    .isEqualTo("BadInput");
        }
        assertThat(inUse()).isEqualTo(before);
    }

    private void reload(Map<String, String> files) {
        new ExecInstanceVerbs(exec()).reload("prod", "shop-g1-0", new ConfigurationBundle(new TreeMap<>(files)));
    }

    /** As the operator reaches a pod; the number of bytes, which it sends itself, is cut off for the fixture. */
    private PodExec exec() {
        return new PodExec() {
            @Override
            public Result run(String namespace, String pod, List<String> command, byte[] stdin, Duration timeout) {
                var input = new String(stdin, StandardCharsets.UTF_8);
                var verb = command.subList(2, command.size()).toArray(String[]::new);
                var answer = shop.exec(input.substring(input.indexOf('\n') + 1), verb);
                return new Result(answer.exitCode(), answer.output(), answer.errors());
            }

            @Override
            public Started start(String namespace, String pod, List<String> command) {
                throw new AssertionError("a configuration is not waited for");
            }
        };
    }

    private String inUse() {
        return Path.of(RootFileSystem.run(
                                "readlink", shop.folder.resolve("run/conf").toString())
                        .strip())
                .getFileName()
                .toString();
    }

    /** Whether a client that trusts this authority alone connects. */
    private boolean isTrusted(Path authority) {
        try (var client = shop.login(Map.of("sslmode", "verify-ca", "sslrootcert", authority.toString()))) {
            return client.isValid(10);
        } catch (SQLException e) {
            assertThat(e.getMessage()).contains("SSL error");
            return false;
        }
    }
}
