package dev.pgfork.cli.cluster;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Which cluster and namespace, as kubectl's options of the same names say; {@code null}: as kubectl without them.
 *
 * @param kubeconfig path of a file
 */
public record ConnectionSettings(
        @Nullable String kubeconfig,
        @Nullable String context,
        @Nullable String namespace) {

    /** The same for a kubectl that is called. */
    public List<String> asArguments() {
        var arguments = new ArrayList<String>();
        if (kubeconfig != null) {
            arguments.add("--kubeconfig=" + kubeconfig);
        }
        if (context != null) {
            arguments.add("--context=" + context);
        }
        return arguments;
    }
}
