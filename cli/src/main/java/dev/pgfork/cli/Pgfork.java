package dev.pgfork.cli;

import dev.pgfork.cli.cluster.Cluster;
import dev.pgfork.cli.command.CompleteCommand;
import dev.pgfork.cli.command.DeleteCommand;
import dev.pgfork.cli.command.DurationOption;
import dev.pgfork.cli.command.Environment;
import dev.pgfork.cli.command.ForkCommand;
import dev.pgfork.cli.command.InfoCommand;
import dev.pgfork.cli.command.KillCommand;
import dev.pgfork.cli.command.LogsCommand;
import dev.pgfork.cli.command.NameParameter;
import dev.pgfork.cli.command.PromoteCommand;
import dev.pgfork.cli.command.PsCommand;
import dev.pgfork.cli.command.PsqlCommand;
import dev.pgfork.cli.command.RenewCommand;
import dev.pgfork.cli.command.ResetCommand;
import dev.pgfork.cli.command.ResumeCommand;
import dev.pgfork.cli.command.SuspendCommand;
import dev.pgfork.cli.command.UnfollowCommand;
import dev.pgfork.cli.command.WaitCommand;
import dev.pgfork.cli.resource.ExitCode;
import dev.pgfork.cli.resource.Failure;
import dev.pgfork.cli.resource.ResourceName;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.IVersionProvider;

/** All verbs. A new one is a class in {@code command} and a line here. */
@Command(
        name = "kubectl pgfork",
        description = "Forks, follows and promotes Postgres databases.",
        mixinStandardHelpOptions = true,
        versionProvider = Pgfork.Version.class,
        synopsisSubcommandLabel = "VERB",
        commandListHeading = "%nVerbs:%n",
        footer = "%n'kubectl pgfork VERB --help' tells more of each.")
final class Pgfork {

    private Pgfork() {}

    static CommandLine commandLine(Environment environment) {
        var line = new CommandLine(new Pgfork());
        var verbs = List.<Object>of(
                new InfoCommand(environment),
                new ForkCommand(environment),
                new WaitCommand(environment),
                new PsqlCommand(environment),
                new PromoteCommand(environment),
                new ResetCommand(environment),
                new RenewCommand(environment),
                new SuspendCommand(environment),
                new ResumeCommand(environment),
                new UnfollowCommand(environment),
                new PsCommand(environment),
                new KillCommand(environment),
                new LogsCommand(environment),
                new DeleteCommand(environment));
        verbs.forEach(line::addSubcommand);
        // What is being typed is not this command's own.
        var completion = new CommandLine(new CompleteCommand(environment)).setUnmatchedOptionsArePositionalParams(true);
        line.addSubcommand(completion);
        return line.registerConverter(ResourceName.class, new NameParameter())
                .registerConverter(Duration.class, new DurationOption())
                .setCaseInsensitiveEnumValuesAllowed(true)
                .setOut(new PrintWriter(environment.terminal().out(), true, StandardCharsets.UTF_8))
                .setErr(new PrintWriter(environment.terminal().err(), true, StandardCharsets.UTF_8))
                .setExecutionExceptionHandler((failure, of, parsed) -> explain(failure, environment));
    }

    private static int explain(Exception failure, Environment environment) throws Exception {
        var message = switch (failure) {
            case Failure expected -> expected.getMessage();
            case KubernetesClientException refusal -> Cluster.explain(refusal);
            case UncheckedIOException broken -> broken.getMessage();
            default -> throw failure;
        };
        environment.terminal().err().println("error: " + message);
        return failure instanceof Failure expected ? expected.exitCode() : ExitCode.ERROR;
    }

    /** Of the build. */
    static final class Version implements IVersionProvider {
        @Override
        public String[] getVersion() throws IOException {
            try (var text = Objects.requireNonNull(Pgfork.class.getResourceAsStream("version.txt"))) {
                return new String[] {new String(text.readAllBytes(), StandardCharsets.UTF_8).strip()};
            }
        }
    }
}
