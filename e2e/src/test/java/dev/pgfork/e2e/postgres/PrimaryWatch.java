package dev.pgfork.e2e.postgres;

import static org.assertj.core.api.Assertions.assertThat;

import dev.pgfork.e2e.postgres.WritableSpans.Answer;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.informers.ResourceEventHandler;
import io.fabric8.kubernetes.client.informers.SharedIndexInformer;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;

/**
 * Asks every instance of a database 20 times a second, straight at its pod, whether it accepts writes. It reaches pods
 * from a node only.
 */
public final class PrimaryWatch implements AutoCloseable {

    private static final long MILLISECONDS_BETWEEN_QUESTIONS = 50;
    private static final String INSTANCE = "pgfork.dev/instance";
    private static final int PORT = 5432;
    private static final int THREADS = 8;

    private final Login login;
    private final Set<String> members;
    private final WritableSpans spans = new WritableSpans();
    private final Map<String, Integer> answers = new ConcurrentHashMap<>();
    private final Map<String, Watched> watched = new ConcurrentHashMap<>();
    private final ScheduledExecutorService clock = Executors.newScheduledThreadPool(THREADS);
    private final SharedIndexInformer<Pod> pods;

    /** Somebody who is asked. */
    private record Watched(PodQuestions questions, Future<?> asking) {
        private void end() {
            asking.cancel(false);
            questions.close();
        }
    }

    private PrimaryWatch(KubernetesClient client, Login login, Set<String> members) {
        this.login = login;
        this.members = Set.copyOf(members);
        this.pods =
                client.pods().inNamespace(login.namespace()).withLabel(INSTANCE).inform(new Handler());
    }

    /**
     * @param login of the database whose instances they are
     * @param members names of the instances; pods that they get later are watched, too
     */
    public static PrimaryWatch start(KubernetesClient client, Login login, Set<String> members) {
        return new PrimaryWatch(client, login, members);
    }

    private final class Handler implements ResourceEventHandler<Pod> {
        @Override
        public void onAdd(Pod pod) {
            watch(pod);
        }

        @Override
        public void onUpdate(Pod before, Pod pod) {
            watch(pod);
        }

        @Override
        public void onDelete(Pod pod, boolean finalStateUnknown) {
            var gone = watched.remove(pod.getMetadata().getUid());
            if (gone != null) {
                gone.end();
            }
        }
    }

    private void watch(Pod pod) {
        var member = pod.getMetadata().getLabels().get(INSTANCE);
        var ip = pod.getStatus().getPodIP();
        if (members.contains(member) && ip != null) {
            watched.computeIfAbsent(pod.getMetadata().getUid(), uid -> {
                var host = "%s-instance.%s.svc".formatted(member, login.namespace());
                var questions = new PodQuestions(member, login.at(host).doorAt(new InetSocketAddress(ip, PORT)));
                return new Watched(
                        questions,
                        clock.scheduleAtFixedRate(
                                () -> ask(questions), 0, MILLISECONDS_BETWEEN_QUESTIONS, TimeUnit.MILLISECONDS));
            });
        }
    }

    private void ask(PodQuestions questions) {
        questions.ask().ifPresent(reply -> {
            answers.merge(questions.member(), 1, Integer::sum);
            if (reply.acceptsWrites()) {
                spans.add(new Answer(questions.member(), reply.process(), reply.asked(), reply.answered()));
            }
        });
    }

    /** How many questions this instance has answered so far. */
    public int answersOf(String member) {
        return answers.getOrDefault(member, 0);
    }

    /** Instances that were seen to accept writes. */
    public List<String> primaries() {
        return spans.servers();
    }

    public void assertNeverTwoPrimaries() {
        assertThat(spans.overlaps())
                .as("instances that accepted writes at one time")
                .isEmpty();
    }

    @Override
    public void close() {
        pods.close();
        clock.close();
        watched.values().forEach(Watched::end);
    }
}
