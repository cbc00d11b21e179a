package dev.pgfork.cli;

import dev.pgfork.cli.cluster.Pods;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/** Pods that answer every command with the same text, and note what they were asked. */
final class PodsInMemory implements Pods {
    String answer = "";
    final List<String> asked = new ArrayList<>();
    boolean forwarding;

    @Override
    public String run(String pod, List<String> command) {
        asked.add(pod + ": " + String.join(" ", command));
        return answer;
    }

    @Override
    public ForwardedPort forward(String pod, int port) {
        asked.add("%s:%d".formatted(pod, port));
        forwarding = true;
        return new ForwardedPort() {
            @Override
            public int localPort() {
                return 40123;
            }

            @Override
            public void close() {
                forwarding = false;
            }
        };
    }

    @Override
    public void log(String pod, LogSelection selection, OutputStream to) {
        asked.add("%s %s".formatted(pod, selection));
        try {
            to.write(answer.getBytes(StandardCharsets.UTF_8));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
