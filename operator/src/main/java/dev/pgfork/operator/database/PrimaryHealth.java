package dev.pgfork.operator.database;

import dev.pgfork.api.v1alpha1.PrimaryOutage;
import dev.pgfork.operator.instance.NodeState;
import dev.pgfork.operator.instance.PodLife;
import dev.pgfork.operator.instance.ScriptStatus;
import dev.pgfork.operator.kube.Looked;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import org.jspecify.annotations.Nullable;

/**
 * Whether the primary serves, is known to be down, or just cannot be seen.
 *
 * <table>
 * <caption>First match wins</caption>
 * <tr><th>seen</th><th>health</th></tr>
 * <tr><td>it answers as a primary</td><td>Serves</td></tr>
 * <tr><td>it answers in recovery: somebody has moved it</td><td>Unseen</td></tr>
 * <tr><td>its script says that the server runs, or was fenced by somebody</td><td>Unseen</td></tr>
 * <tr><td>its script says anything else</td><td>Down</td></tr>
 * <tr><td>its Node was deleted, or is out of service: somebody knows that the machine is off</td><td>Down</td></tr>
 * <tr><td>no pod</td><td>Unseen</td></tr>
 * <tr><td>its container does not run, says a Node that is Ready</td><td>Down</td></tr>
 * <tr><td>its container does not run, says another Node</td><td>Unseen</td></tr>
 * <tr><td>its script does not answer</td><td>Unseen</td></tr>
 * </table>
 */
sealed interface PrimaryHealth {

    record Serves() implements PrimaryHealth {}

    /**
     * @param reason CamelCase
     * @param message for people
     */
    record Down(String reason, String message) implements PrimaryHealth {}

    /** @param message why nothing can be said, for people */
    record Unseen(String message) implements PrimaryHealth {}

    /**
     * What is seen of the primary.
     *
     * @param writes whether its server accepts writes, as it says itself over SQL
     * @param node of its pod, or that the pod was on when it was there
     * @param script Absent: there is nobody to ask
     */
    record Sight(
            String instance,
            Looked<Boolean> writes,
            Looked<PodLife> pod,
            NodeState node,
            Looked<ScriptStatus> script) {}

    static PrimaryHealth of(Sight seen) {
        if (seen.writes() instanceof Looked.Found<Boolean>(Boolean writes)) {
            return writes
                    ? new Serves()
                    : new Unseen(
                            "Instance %s is in recovery, although it should be the primary".formatted(seen.instance()));
        }
        if (seen.script() instanceof Looked.Found<ScriptStatus>(ScriptStatus status)) {
            return said(seen.instance(), status);
        }
        if (seen.node().isGone()) {
            return new Down(
                    "NodeGone",
                    "Instance %s was on a node that %s"
                            .formatted(
                                    seen.instance(),
                                    seen.node() == NodeState.DELETED ? "was deleted" : "was taken out of service"));
        }
        return switch (seen.pod()) {
            case Looked.Absent<PodLife> absent -> new Unseen("Instance %s has no pod".formatted(seen.instance()));
            case Looked.Unknown<PodLife>(String reason) ->
                new Unseen("The pod of instance %s cannot be looked at: %s".formatted(seen.instance(), reason));
            case Looked.Found<PodLife>(PodLife life) -> life == PodLife.RUNS ? running(seen) : stopped(seen);
        };
    }

    private static PrimaryHealth stopped(Sight seen) {
        return seen.node() == NodeState.READY
                ? new Down(
                        "ContainerNotRunning", "The container of instance %s does not run".formatted(seen.instance()))
                : new Unseen("The container of instance %s was last said not to run, but its node does not answer"
                        .formatted(seen.instance()));
    }

    private static PrimaryHealth running(Sight seen) {
        return seen.script() instanceof Looked.Unknown<ScriptStatus>(String reason)
                ? new Unseen("Instance %s does not answer: %s".formatted(seen.instance(), reason))
                : new Unseen("Nobody in the pod of instance %s can be asked".formatted(seen.instance()));
    }

    private static PrimaryHealth said(String instance, ScriptStatus status) {
        return switch (status.phase()) {
            case running ->
                new Unseen("Instance %s says that its server runs, but that does not answer".formatted(instance));
            case fenced ->
                new Unseen("Instance %s was fenced, and not by a changeover that is known".formatted(instance));
            case starting, bootstrap, quarantine, stopping, failed ->
                new Down(
                        "ServerDown",
                        "Instance %s says that its server is down (%s%s)"
                                .formatted(
                                        instance,
                                        status.phase(),
                                        status.reason() == null ? "" : ": " + status.reason()));
        };
    }

    /**
     * Since when it is known to be down. Not seeing it for a moment begins the time anew: it may have served meanwhile.
     *
     * @return {@code null}: it is not known to be down
     */
    static @Nullable PrimaryOutage outage(@Nullable PrimaryOutage before, PrimaryHealth health, Instant now) {
        return health instanceof Down(String reason, String message)
                ? new PrimaryOutage(
                        before == null ? now.truncatedTo(ChronoUnit.SECONDS).toString() : before.since(),
                        reason,
                        message)
                : null;
    }
}
