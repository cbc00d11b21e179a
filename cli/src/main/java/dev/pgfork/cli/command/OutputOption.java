package dev.pgfork.cli.command;

import dev.pgfork.cli.local.Terminal;
import dev.pgfork.cli.output.Structured;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** How the result is printed. */
final class OutputOption {
    @Option(
            names = {"-o", "--output"},
            order = ConnectionOptions.OF_MANY_VERBS,
            paramLabel = "FORMAT",
            description = "Instead of text for people: ${COMPLETION-CANDIDATES}.")
    private @Nullable Structured format;

    /** @param forPeople with a line break at its end */
    void print(Terminal terminal, Object result, Supplier<String> forPeople) {
        terminal.out().print(format == null ? forPeople.get() : format.text(result));
    }
}
