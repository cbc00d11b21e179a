package dev.pgfork.operator;

import dev.pgfork.operator.action.ActionListener;
import dev.pgfork.operator.instance.ExecInstanceVerbs;
import dev.pgfork.operator.instance.InstanceVerbs;
import dev.pgfork.operator.kube.FabricPodExec;
import dev.pgfork.operator.postgres.JdbcServer;
import dev.pgfork.operator.postgres.Server;
import io.fabric8.kubernetes.client.KubernetesClient;
import java.time.Clock;
import java.time.Duration;

/**
 * What the operator meets outside of the API server, and what tests put in its place.
 *
 * @param actions hears of every action
 * @param snapshotCheck how often to look whether VolumeSnapshots have been installed, while they are not
 */
record Surroundings(Clock clock, Server server, InstanceVerbs verbs, ActionListener actions, Duration snapshotCheck) {

    static Surroundings real(KubernetesClient client) {
        return new Surroundings(
                Clock.systemUTC(),
                new JdbcServer(),
                new ExecInstanceVerbs(new FabricPodExec(client)),
                new ActionListener() {},
                Duration.ofSeconds(10));
    }
}
