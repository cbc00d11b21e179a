package dev.pgfork.operator.instance;

import java.time.Duration;

/** The verbs of the instance script that the operator calls, by {@code pods/exec}. */
public interface InstanceVerbs {

    /**
     * @param wait returns at once if zero, else when the instance runs, is fenced or failed, at the latest after this
     * @throws dev.pgfork.operator.kube.PodExec.ExecFailedException if the pod could not be asked
     */
    ScriptStatus status(String namespace, String pod, Duration wait);

    /**
     * Puts a configuration in force without a restart.
     *
     * @throws dev.pgfork.operator.kube.PodExec.ExecFailedException if the pod could not be asked
     * @throws VerbRefusedException if the script refused, for instance a configuration with errors
     */
    void reload(String namespace, String pod, ConfigurationBundle bundle);
}
