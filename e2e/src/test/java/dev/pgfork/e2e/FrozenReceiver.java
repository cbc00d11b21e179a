package dev.pgfork.e2e;

import dev.pgfork.e2e.cluster.Instance;

/**
 * The walreceiver of a standby that seems to stream and receives nothing more, until this is closed. It must be: a
 * server does not stop without it.
 */
record FrozenReceiver(Instance standby, String process) implements AutoCloseable {

    static FrozenReceiver of(Instance standby) {
        var process = standby.psql("select pid from pg_stat_wal_receiver");
        standby.shell().run("kill", "-STOP", process);
        return new FrozenReceiver(standby, process);
    }

    @Override
    public void close() {
        standby.shell().run("kill", "-CONT", process);
    }
}
