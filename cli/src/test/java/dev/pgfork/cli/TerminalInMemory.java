package dev.pgfork.cli;

import dev.pgfork.cli.local.Terminal;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Keeps what is printed; nobody sits there unless an answer is given. */
final class TerminalInMemory implements Terminal {
    private final ByteArrayOutputStream out = new ByteArrayOutputStream();
    private final ByteArrayOutputStream err = new ByteArrayOutputStream();
    private final PrintStream outStream = new PrintStream(out, true, StandardCharsets.UTF_8);
    private final PrintStream errStream = new PrintStream(err, true, StandardCharsets.UTF_8);
    private @Nullable String answer;

    /** A person who types this whatever the question is. */
    void willAnswer(String text) {
        answer = text;
    }

    void clear() {
        out.reset();
        err.reset();
    }

    String outText() {
        return out.toString(StandardCharsets.UTF_8);
    }

    String errText() {
        return err.toString(StandardCharsets.UTF_8);
    }

    @Override
    public PrintStream out() {
        return outStream;
    }

    @Override
    public PrintStream err() {
        return errStream;
    }

    @Override
    public boolean isInteractive() {
        return answer != null;
    }

    @Override
    public Optional<String> ask(String question) {
        errStream.print(question);
        return Optional.ofNullable(answer);
    }
}
