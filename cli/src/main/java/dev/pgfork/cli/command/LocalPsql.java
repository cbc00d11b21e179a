package dev.pgfork.cli.command;

import dev.pgfork.cli.cluster.Pods;
import dev.pgfork.cli.local.Programs;
import dev.pgfork.cli.resource.InstancePod;
import dev.pgfork.cli.resource.Login;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * This machine's psql, through a forwarded port. The password is in a file that nobody else can read, and no longer.
 */
final class LocalPsql {
    /** Variables of libpq that do not say where to connect or as whom; all others are replaced by the Secret. */
    private static final Set<String> HARMLESS =
            Set.of("PGAPPNAME", "PGCLIENTENCODING", "PGDATESTYLE", "PGOPTIONS", "PGTZ");

    private final Programs programs;

    LocalPsql(Programs programs) {
        this.programs = programs;
    }

    /** @return psql's exit code */
    int run(Login login, Pods pods, String pod, List<String> arguments) {
        var command = new ArrayList<>(List.of("psql"));
        command.addAll(arguments);
        try (var secrets = PrivateFolder.create();
                var port = pods.forward(pod, InstancePod.PORT)) {
            var environment = Map.of(
                    "PGHOST", login.host(),
                    "PGHOSTADDR", "127.0.0.1",
                    "PGPORT", Integer.toString(port.localPort()),
                    "PGDATABASE", login.database(),
                    "PGUSER", login.user(),
                    "PGSSLMODE", login.sslmode(),
                    "PGSSLROOTCERT", secrets.write("ca.crt", login.authority()),
                    "PGPASSFILE", secrets.write("pgpass", login.passwordLine()),
                    "PGGSSENCMODE", "disable");
            return programs.run(command, name -> !name.startsWith("PG") || HARMLESS.contains(name), environment);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** A folder for this user only, which goes with all that is in it. */
    private record PrivateFolder(Path path) implements AutoCloseable {
        static PrivateFolder create() throws IOException {
            return new PrivateFolder(Files.createTempDirectory(
                    "pgfork-", PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------"))));
        }

        /** @return its path */
        String write(String name, String content) throws IOException {
            // libpq ignores a password file that others may read.
            var file = Files.createFile(
                    path.resolve(name),
                    PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
            return Files.writeString(file, content).toString();
        }

        @Override
        public void close() throws IOException {
            try (var files = Files.list(path)) {
                for (var file : files.toList()) {
                    Files.delete(file);
                }
            }
            Files.delete(path);
        }
    }
}
