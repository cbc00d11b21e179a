package dev.pgfork.cli.resource;

import dev.pgfork.api.v1alpha1.InstanceStatus;
import java.util.Objects;

/** The pod of an instance, and how its server is asked. */
public final class InstancePod {
    public static final String CONTAINER = "postgres";
    public static final int PORT = 5432;
    /** The superuser, who is let in from inside the pod without a password. */
    public static final String SUPERUSER = "postgres";

    private InstancePod() {}

    /** A reset or rebuild makes the next generation; StatefulSets call their only pod {@code -0}. */
    public static String nameOf(PgResource owner) {
        var generation = owner.instance().map(InstanceStatus::generation).orElse(1);
        return "%s-g%d-0".formatted(owner.name(), Objects.requireNonNullElse(generation, 1));
    }
}
