package dev.pgfork.cli.command;

import dev.pgfork.cli.cluster.ConnectionSettings;
import dev.pgfork.cli.resource.ExitCode;
import dev.pgfork.cli.resource.PgResource;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.AutoComplete;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/**
 * Says how the last word could go on. kubectl asks for it by running {@code kubectl_complete-pgfork} with all words,
 * and reads one candidate a line, then a colon and a number: 4, "no file names".
 */
@Command(name = CompleteCommand.NAME, hidden = true)
public final class CompleteCommand implements Callable<Integer> {
    public static final String NAME = "__complete";

    private static final String NO_FILES = ":4";

    private final Environment environment;

    @Spec
    private @Nullable CommandSpec spec;

    @Parameters(arity = "0..*")
    private List<String> words = new ArrayList<>();

    public CompleteCommand(Environment environment) {
        this.environment = environment;
    }

    @Override
    public Integer call() {
        if (spec != null && !words.isEmpty()) {
            candidates(spec.root(), words).forEach(environment.terminal().out()::println);
        }
        environment.terminal().out().println(NO_FILES);
        return ExitCode.OK;
    }

    private List<String> candidates(CommandSpec root, List<String> typed) {
        var last = typed.getLast();
        var endings = new ArrayList<CharSequence>();
        AutoComplete.complete(root, typed.toArray(String[]::new), typed.size() - 1, last.length(), 0, endings);
        var options = endings.stream().map(ending -> last + ending);
        var names = wantsName(root, typed) ? names() : Stream.<String>empty();
        return Stream.concat(options, names)
                .filter(candidate -> candidate.startsWith(last) && !candidate.equals(NAME))
                .distinct()
                .sorted()
                .toList();
    }

    /** The word after a verb is a name. */
    private static boolean wantsName(CommandSpec root, List<String> typed) {
        var verb = root.subcommands().get(typed.getFirst());
        return typed.size() == 2
                && verb != null
                && !verb.getCommandSpec().positionalParameters().isEmpty()
                && !typed.getLast().startsWith("-");
    }

    private Stream<String> names() {
        try (var cluster = environment.connector().connect(new ConnectionSettings(null, null, null))) {
            return cluster.all().stream().map(PgResource::name).toList().stream();
        } catch (KubernetesClientException e) {
            // Nothing is printed between the words that somebody is typing.
            return Stream.empty();
        }
    }
}
