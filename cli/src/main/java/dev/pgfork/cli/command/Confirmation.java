package dev.pgfork.cli.command;

import dev.pgfork.cli.local.Terminal;
import dev.pgfork.cli.resource.Failure;
import dev.pgfork.cli.resource.PgResource;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** What cannot be taken back is done only if its name is said a second time. */
final class Confirmation {
    @Option(
            names = "--confirm",
            paramLabel = "NAME",
            description = "For scripts: the name again, instead of typing it.")
    private @Nullable String confirmed;

    /**
     * @param consequence what will happen, a sentence
     * @throws Failure if the name is not said, or another one is
     */
    void require(PgResource resource, String consequence, Terminal terminal) {
        var name = resource.name();
        var said = confirmed;
        if (said == null) {
            terminal.err().println(consequence);
            said = terminal.ask("Type %s to go on: ".formatted(name))
                    .orElseThrow(() -> new Failure("nobody is there to confirm it: pass --confirm " + name));
        }
        if (!said.strip().equals(name)) {
            throw new Failure("'%s' is not %s: nothing was done".formatted(said.strip(), name));
        }
    }
}
