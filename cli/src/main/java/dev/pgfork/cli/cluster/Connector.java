package dev.pgfork.cli.cluster;

/** How one gets to a cluster. */
public interface Connector {

    /**
     * Connects when something is asked, not before.
     *
     * @throws dev.pgfork.cli.resource.Failure if it is not known how
     */
    Cluster connect(ConnectionSettings settings);
}
