package dev.pgfork.operator.instance;

import dev.pgfork.operator.kube.PodExec.ExecFailedException;
import dev.pgfork.operator.postgres.TimelineHistory;
import io.fabric8.kubernetes.api.model.Pod;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reads the timeline history files of servers, by their script: no role that reaches a server by the network may read
 * files. A file stays what it is, so it is read once a pod; but for a comment that may come to it later, without which
 * it says less, and nothing that is wrong.
 */
public final class TimelineHistories {
    private static final Logger log = LoggerFactory.getLogger(TimelineHistories.class);

    /** Who has more instances reads some of them again. */
    private static final int MOST = 2_000;

    private final InstanceVerbs verbs;
    private final Map<File, TimelineHistory> known = Collections.synchronizedMap(new LinkedHashMap<>() {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<File, TimelineHistory> eldest) {
            return size() > MOST;
        }
    });

    private record File(
            String namespace, String pod, @Nullable String podUid, int timeline) {}

    public TimelineHistories(InstanceVerbs verbs) {
        this.verbs = verbs;
    }

    /** @return empty: it could not be read, or the server does not have it */
    public Optional<TimelineHistory> of(Optional<Pod> pod, int timeline) {
        return timeline == TimelineHistory.FIRST.timeline()
                ? Optional.of(TimelineHistory.FIRST)
                : pod.map(Pod::getMetadata)
                        .map(meta -> new File(meta.getNamespace(), meta.getName(), meta.getUid(), timeline))
                        .flatMap(this::of);
    }

    private Optional<TimelineHistory> of(File file) {
        var history = Optional.ofNullable(known.get(file)).or(() -> read(file));
        history.ifPresent(found -> known.put(file, found));
        return history;
    }

    private Optional<TimelineHistory> read(File file) {
        var name = "pg_wal/%08X.history".formatted(file.timeline());
        try {
            var text = verbs.sql(file.namespace(), file.pod(), "postgres", contents(name));
            var history = TimelineHistory.parse(file.timeline(), text);
            return history.origin().map(branch -> history);
        } catch (ExecFailedException | VerbRefusedException e) {
            log.debug("{} of pod {}/{} could not be read", name, file.namespace(), file.pod(), e);
            return Optional.empty();
        }
    }

    /**
     * Bytes, because text must not have NULs, which a power failure may leave at the end of a file. Postgres 15 reads
     * what may be missing only with an offset and a length.
     */
    private static String contents(String file) {
        return "SELECT replace(encode(pg_read_binary_file('%s', 0, 1000000, true), 'escape'), '\\000', '')"
                .formatted(file);
    }
}
