package dev.pgfork.cli.command;

import dev.pgfork.cli.cluster.ConnectionSettings;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** Options that kubectl has, too, and that mean the same. */
final class ConnectionOptions {
    /** In the help. */
    static final int AFTER_THE_VERBS_OWN = 100;

    /** Of options that many verbs have. */
    static final int OF_MANY_VERBS = 99;

    @Option(
            names = "--kubeconfig",
            paramLabel = "FILE",
            order = AFTER_THE_VERBS_OWN,
            description = "Instead of $KUBECONFIG or ~/.kube/config.")
    private @Nullable String kubeconfig;

    @Option(
            names = "--context",
            paramLabel = "NAME",
            order = AFTER_THE_VERBS_OWN,
            description = "Context of the kubeconfig to use.")
    private @Nullable String context;

    @Option(
            names = {"-n", "--namespace"},
            paramLabel = "NAME",
            order = AFTER_THE_VERBS_OWN,
            description = "Instead of the context's.")
    private @Nullable String namespace;

    ConnectionSettings settings() {
        return new ConnectionSettings(kubeconfig, context, namespace);
    }
}
