package dev.pgfork.operator.instance;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.ObjectReader;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.pgfork.operator.kube.PodExec;
import dev.pgfork.operator.kube.PodExec.ExecFailedException;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;

/** Calls the verbs of the instance script in a pod. Every verb prints one line of JSON. */
public final class ExecInstanceVerbs implements InstanceVerbs {
    private static final byte[] NOTHING = {};

    /** For a verb that has nothing to wait for, on a busy node. */
    private static final Duration PATIENCE = Duration.ofSeconds(15);

    private final PodExec exec;
    private final ObjectReader answers;

    public ExecInstanceVerbs(PodExec exec) {
        this.exec = exec;
        this.answers = JsonMapper.builder()
                .disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
                .build()
                .readerFor(ScriptAnswer.class);
    }

    @Override
    public ScriptStatus status(String namespace, String pod, Duration wait) {
        var verb = wait.isZero() ? List.of("status") : List.of("status", Long.toString(wait.toSeconds()));
        return call(namespace, pod, verb, NOTHING, PATIENCE.plus(wait))
                .status()
                .orElseThrow(() -> new ExecFailedException(
                        "Pod %s/%s answered status without a phase".formatted(namespace, pod),
                        new IllegalStateException("a script of another version?")));
    }

    @Override
    public void reload(String namespace, String pod, ConfigurationBundle bundle) {
        call(namespace, pod, List.of("reload"), framed(bundle), PATIENCE);
    }

    private ScriptAnswer call(String namespace, String pod, List<String> verb, byte[] stdin, Duration timeout) {
        var command = Stream.concat(Stream.of("bash", InstancePod.SCRIPT), verb.stream())
                .toList();
        var result = exec.run(namespace, pod, command, stdin, timeout);
        var answer = read(namespace, pod, verb.getFirst(), result);
        if (!answer.ok()) {
            throw new VerbRefusedException(
                    answer.reasonOrUnknown(),
                    "Pod %s/%s refused %s: %s".formatted(namespace, pod, verb.getFirst(), answer.explanation()));
        }
        return answer;
    }

    /** Anything but one answer that fits the exit code means that it is not known what the verb did. */
    private ScriptAnswer read(String namespace, String pod, String verb, PodExec.Result result) {
        // What was printed instead stays out: nobody knows what it is.
        var message = "Pod %s/%s gave no answer to %s that can be understood (exit code %d, %d characters)"
                .formatted(
                        namespace, pod, verb, result.exitCode(), result.stdout().length());
        ScriptAnswer answer;
        try {
            answer = answers.readValue(result.stdout().strip());
        } catch (JsonProcessingException e) {
            throw new ExecFailedException(message, e);
        }
        if (answer == null || answer.ok() != (result.exitCode() == 0)) {
            throw new ExecFailedException(message, new IllegalStateException("answer and exit code do not agree"));
        }
        return answer;
    }

    /** The number of bytes comes first, because an end of file cannot be sent. */
    private static byte[] framed(ConfigurationBundle bundle) {
        var content = new ByteArrayOutputStream();
        bundle.files().forEach((name, text) -> {
            var bytes = text.getBytes(StandardCharsets.UTF_8);
            content.writeBytes("%s %d\n".formatted(name, bytes.length).getBytes(StandardCharsets.US_ASCII));
            content.writeBytes(bytes);
        });
        var framed = new ByteArrayOutputStream();
        framed.writeBytes("%d\n".formatted(content.size()).getBytes(StandardCharsets.US_ASCII));
        framed.writeBytes(content.toByteArray());
        return framed.toByteArray();
    }
}
