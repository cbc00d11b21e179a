package dev.pgfork.operator.instance;

/**
 * Names of the objects of an instance.
 *
 * @param name of the custom resource
 * @param generation from 1
 */
public record InstanceNames(String name, int generation) {

    /** Of every instance that has not been made anew. */
    public static final int FIRST_GENERATION = 1;

    /** Headless; whoever creates it owns the name over all kinds. */
    public String claimService() {
        return name + "-instance";
    }

    /** For clients. */
    public String service() {
        return name;
    }

    public String readOnlyService() {
        return name + "-ro";
    }

    /** StatefulSet and PersistentVolumeClaim. */
    public String generationName() {
        return name + "-g" + generation;
    }

    public String pod() {
        return generationName() + "-0";
    }

    public String disruptionBudget() {
        return name;
    }

    /** In which an image is tried before the instance gets it. */
    public String trialPod() {
        return pod() + "-trial";
    }

    /**
     * ConfigMap with the script and the configuration.
     *
     * @param hash of its content
     */
    public String configMap(String hash) {
        return generationName() + "-" + hash;
    }

    /**
     * VolumeSnapshot that this generation is seeded from.
     *
     * @param attempt from 1: a cut that turned out unsafe is made again
     */
    public String snapshot(int attempt) {
        return generationName() + "-cut-" + attempt;
    }

    /** Under which the Services of this name can be found inside the cluster. */
    public static String host(String service, String namespace) {
        return service + "." + namespace + ".svc";
    }

    public String authoritySecret() {
        return name + "-ca";
    }

    public String tlsSecret() {
        return name + "-tls";
    }

    public String rolesSecret() {
        return name + "-roles";
    }

    public String appSecret() {
        return name + "-app";
    }

    public String superuserSecret() {
        return name + "-superuser";
    }
}
