package dev.pgfork.cli.resource;

import dev.pgfork.api.v1alpha1.PostgresDatabase;
import dev.pgfork.api.v1alpha1.PostgresFollower;
import dev.pgfork.api.v1alpha1.PostgresFork;
import io.fabric8.kubernetes.api.model.HasMetadata;
import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;

/** The kinds of resources, in the order in which one depends on the other. */
public enum Kind {
    DATABASE(PostgresDatabase.class, PostgresDatabase.KIND, "pgdb"),
    FOLLOWER(PostgresFollower.class, PostgresFollower.KIND, "pgfo"),
    FORK(PostgresFork.class, PostgresFork.KIND, "pgf");

    private final Class<? extends HasMetadata> type;
    private final String kubernetesName;
    private final String shortName;

    Kind(Class<? extends HasMetadata> type, String kubernetesName, String shortName) {
        this.type = type;
        this.kubernetesName = kubernetesName;
        this.shortName = shortName;
    }

    public Class<? extends HasMetadata> type() {
        return type;
    }

    /** As in the field {@code kind}. */
    public String kubernetesName() {
        return kubernetesName;
    }

    /** As in {@code kubectl get pgdb}. */
    public String shortName() {
        return shortName;
    }

    /** As one says it. */
    public String word() {
        return name().toLowerCase(Locale.ROOT);
    }

    /** @param kubernetesName as in the field {@code kind} */
    public static Kind of(String kubernetesName) {
        return named(kubernetesName).orElseThrow(() -> new IllegalArgumentException("no such kind: " + kubernetesName));
    }

    /** The kind that is called so: its name, plural or short name, in any case. */
    public static Optional<Kind> named(String name) {
        var wanted = name.toLowerCase(Locale.ROOT);
        return Arrays.stream(values())
                .filter(kind -> wanted.equals(kind.shortName)
                        || wanted.equals(kind.kubernetesName.toLowerCase(Locale.ROOT))
                        || wanted.equals(kind.kubernetesName.toLowerCase(Locale.ROOT) + "s"))
                .findFirst();
    }
}
