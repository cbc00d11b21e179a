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
import java.util.Objects;
import java.util.stream.Stream;

/** Calls the verbs of the instance script in a pod. Every verb prints one line of JSON. */
public final class ExecInstanceVerbs implements InstanceVerbs {
    private static final byte[] NOTHING = {};

    /** For a verb that has nothing to wait for, on a busy node. */
    private static final Duration PATIENCE = Duration.ofSeconds(15);

    /** For a sanitize step to begin: the script waits 30 s for it. */
    private static final Duration BEGIN_PATIENCE = Duration.ofSeconds(45);

    /** For a verb that waits for a server to stop or to start; the pod goes on with it afterwards. */
    private static final Duration LONG_PATIENCE = Duration.ofMinutes(2);

    /** The script ends each statement after 30 s. */
    private static final Duration SQL_PATIENCE = Duration.ofMinutes(1);

    private final PodExec exec;
    private final Listeners listeners;
    private final ObjectReader answers;

    public ExecInstanceVerbs(PodExec exec) {
        this.exec = exec;
        this.listeners = new Listeners(exec);
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
    public void sanitize(String namespace, String pod, SanitizeOrder order) {
        var verb = List.of(
                "sanitize",
                order.superuser() ? "superuser" : "owner",
                order.transaction() ? "yes" : "no",
                Long.toString(order.timeout().toSeconds()),
                order.sql().hash(),
                Integer.toString(order.step()),
                order.database());
        call(namespace, pod, verb, framed(order.sql().framed()), BEGIN_PATIENCE);
    }

    @Override
    public void reload(String namespace, String pod, ConfigurationBundle bundle) {
        call(namespace, pod, List.of("reload"), framed(bundle), PATIENCE);
    }

    @Override
    public void restart(String namespace, String pod, String start) {
        call(namespace, pod, List.of("restart", start), NOTHING, LONG_PATIENCE);
    }

    @Override
    public void listen(String namespace, String pod) {
        listeners.start(namespace, pod);
    }

    @Override
    public FenceProof fence(String namespace, String pod, long epoch) {
        var answer = callAtOnce(namespace, pod, List.of("fence", Long.toString(epoch)));
        try {
            return answer.proof()
                    .orElseThrow(() -> new VerbRefusedException(
                            "NotADatabase", "Pod %s/%s is fenced, but holds no database".formatted(namespace, pod)));
        } catch (IllegalArgumentException e) {
            throw new ExecFailedException(
                    "Pod %s/%s is fenced, but its control file was not understood".formatted(namespace, pod), e);
        }
    }

    @Override
    public void unfence(String namespace, String pod, long epoch) {
        call(namespace, pod, List.of("unfence", Long.toString(epoch)), NOTHING, LONG_PATIENCE);
    }

    @Override
    public int promote(String namespace, String pod, long epoch) {
        var timeline = callAtOnce(namespace, pod, List.of("promote", Long.toString(epoch)))
                .timeline();
        if (timeline == null) {
            throw new ExecFailedException(
                    "Pod %s/%s answered promote without a timeline".formatted(namespace, pod),
                    new IllegalStateException("a script of another version?"));
        }
        return timeline;
    }

    @Override
    public void follow(String namespace, String pod, long epoch, String host) {
        call(namespace, pod, List.of("follow", Long.toString(epoch)), framed(host), LONG_PATIENCE);
    }

    @Override
    public String sql(String namespace, String pod, String database, String statements) {
        var output = call(namespace, pod, List.of("sql", database), framed(statements), SQL_PATIENCE)
                .output();
        return Objects.requireNonNullElse(output, "");
    }

    /** While clients wait: by a script that waits already, if there is one. */
    private ScriptAnswer callAtOnce(String namespace, String pod, List<String> verb) {
        var heard = listeners.call(namespace, pod, verb, LONG_PATIENCE);
        return heard.isPresent()
                ? answer(namespace, pod, verb, heard.get())
                : call(namespace, pod, verb, NOTHING, LONG_PATIENCE);
    }

    private ScriptAnswer call(String namespace, String pod, List<String> verb, byte[] stdin, Duration timeout) {
        var command = Stream.concat(Stream.of("bash", InstancePod.SCRIPT), verb.stream())
                .toList();
        return answer(namespace, pod, verb, exec.run(namespace, pod, command, stdin, timeout));
    }

    private ScriptAnswer answer(String namespace, String pod, List<String> verb, PodExec.Result result) {
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
        return framed(content.toByteArray());
    }

    private static byte[] framed(String text) {
        return framed(text.getBytes(StandardCharsets.UTF_8));
    }

    private static byte[] framed(byte[] content) {
        var framed = new ByteArrayOutputStream();
        framed.writeBytes("%d\n".formatted(content.length).getBytes(StandardCharsets.US_ASCII));
        framed.writeBytes(content);
        return framed.toByteArray();
    }
}
