package dev.pgfork.operator.instance;

import java.time.Duration;

/**
 * The verbs of the instance script that the operator calls, by {@code pods/exec}. Each may be repeated. Each throws
 * {@link dev.pgfork.operator.kube.PodExec.ExecFailedException} if the pod could not be asked or gave no answer in time
 * (then it is not known what was done), and, but for {@code status}, {@link VerbRefusedException} if the script refused
 * or failed.
 */
public interface InstanceVerbs {

    /**
     * @param wait returns at once if zero, else when the instance runs, is fenced or failed, at the latest after this
     */
    ScriptStatus status(String namespace, String pod, Duration wait);

    /**
     * Hands the next sanitize step to an instance in its private phase, which begins it; {@code status} tells the end.
     */
    void sanitize(String namespace, String pod, SanitizeOrder order);

    /** Puts a configuration in force without a restart. */
    void reload(String namespace, String pod, ConfigurationBundle bundle);

    /**
     * Ends the server that was started as {@code start}, and starts it again with the configuration in use; nothing if
     * that one has ended already. A server that does not start with it is started with the one before, and this is
     * refused as {@code ConfigurationRejected}.
     */
    void restart(String namespace, String pod, String start);

    /**
     * Has the pod's script ready for a fence or a promotion that is about to be called, once and for a while. Both can
     * be called without it; they take longer then.
     */
    void listen(String namespace, String pod);

    /**
     * Stops the server, and keeps it from starting until a later verb, whatever happens to the pod.
     *
     * @param epoch not below the one that the instance has
     */
    FenceProof fence(String namespace, String pod, long epoch);

    /** A fenced primary serves again, on its timeline. */
    void unfence(String namespace, String pod, long epoch);

    /**
     * A standby becomes a primary.
     *
     * @return its new timeline
     */
    int promote(String namespace, String pod, long epoch);

    /**
     * A standby streams from that host from now on; a fenced instance becomes a standby of it.
     *
     * @param host of the leader's pod, see {@link InstanceNames#host}; its certificate must name it
     */
    void follow(String namespace, String pod, long epoch, String host);

    /**
     * Runs SQL as superuser inside the pod. It must hold no secret in clear.
     *
     * @return what psql prints, unaligned and without headings
     */
    String sql(String namespace, String pod, String database, String statements);
}
