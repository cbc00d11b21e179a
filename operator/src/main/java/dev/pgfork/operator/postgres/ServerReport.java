package dev.pgfork.operator.postgres;

import java.time.Instant;
import java.util.Optional;

/**
 * What a server says of itself.
 *
 * @param uid of the custom resource whose configuration it runs with (setting {@code pgfork.uid})
 * @param generation setting {@code pgfork.generation}
 * @param revision of the configuration in force (setting {@code pgfork.revision})
 * @param version for instance {@code 17.6}
 * @param timeline the current one, from the name of the WAL file being written (on a standby: replayed)
 * @param certificateSerial serial number, in hexadecimal, of the certificate that it serves
 * @param disk what is left of its volume (setting {@code pgfork.disk}, which its script renews); empty: not measured
 *     yet
 */
public record ServerReport(
        String uid,
        int generation,
        String revision,
        String version,
        String systemIdentifier,
        int timeline,
        boolean inRecovery,
        Instant startedAt,
        String certificateSerial,
        ServerSettings settings,
        Optional<DiskSpace> disk) {

    /** Of a server that says nothing of its settings, and whose volume was not measured yet. */
    public ServerReport(
            String uid,
            int generation,
            String revision,
            String version,
            String systemIdentifier,
            int timeline,
            boolean inRecovery,
            Instant startedAt,
            String certificateSerial) {
        this(
                uid,
                generation,
                revision,
                version,
                systemIdentifier,
                timeline,
                inRecovery,
                startedAt,
                certificateSerial,
                ServerSettings.UNKNOWN,
                Optional.empty());
    }
}
