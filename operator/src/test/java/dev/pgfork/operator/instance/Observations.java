package dev.pgfork.operator.instance;

import dev.pgfork.operator.kube.Looked;
import dev.pgfork.operator.postgres.ServerReport;
import io.fabric8.kubernetes.api.model.Pod;
import java.util.Optional;

/** What is seen of an instance of which only some things matter. */
public final class Observations {
    private Observations() {}

    public static InstanceObservation of(Optional<Pod> pod, Looked<ServerReport> server) {
        return new InstanceObservation(
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                pod,
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                new Looked.Absent<>(),
                server,
                Growth.NONE,
                Trial.NONE,
                Optional.empty());
    }
}
