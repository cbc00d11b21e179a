package dev.pgfork.cli.cluster;

import java.io.Closeable;
import java.io.OutputStream;
import java.util.List;
import java.util.OptionalInt;

/** What is done in and with the pods of instances. */
public interface Pods {

    /**
     * Runs a command in the container of an instance.
     *
     * @return what it wrote to its standard output
     * @throws dev.pgfork.cli.resource.Failure with what it wrote to its standard error, if it failed
     */
    String run(String pod, List<String> command);

    /** Leads a port of this machine, reachable from it alone, to a port of the pod until it is closed. */
    ForwardedPort forward(String pod, int port);

    /** Writes what the container has logged; with {@code follow} until the log or this process ends. */
    void log(String pod, LogSelection selection, OutputStream to);

    /** A port of this machine on 127.0.0.1. */
    interface ForwardedPort extends Closeable {
        int localPort();
    }

    /**
     * Which part of a log.
     *
     * @param lines at most so many, the last ones; empty: all
     * @param sinceSeconds not older than that; empty: all
     * @param previous of the container before this one
     * @param follow go on as more is logged
     */
    record LogSelection(OptionalInt lines, OptionalInt sinceSeconds, boolean previous, boolean follow) {}
}
