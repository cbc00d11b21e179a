package dev.pgfork.operator.mock;

import dev.pgfork.operator.instance.ConfigurationBundle;
import dev.pgfork.operator.instance.ScriptStatus;
import dev.pgfork.operator.instance.ScriptStatus.Phase;
import dev.pgfork.operator.mock.SimulatedInstances.ScriptFailure;
import dev.pgfork.operator.postgres.Lsn;
import dev.pgfork.operator.postgres.ServerReport;
import java.io.ByteArrayInputStream;
import java.nio.charset.StandardCharsets;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * What runs in one pod, at one moment.
 *
 * @param environment of the container
 * @param claimUid of the volume
 * @param configuration postgresql.conf in force
 * @param certificate PEM that is served
 */
record SimulatedInstance(
        String namespace,
        String pod,
        String podUid,
        String address,
        Map<String, String> environment,
        Disks disks,
        String claimUid,
        String configuration,
        String certificate,
        Instant started,
        Phase phase,
        @Nullable ScriptFailure failure) {
    private static final Pattern REVISION = Pattern.compile("(?m)^pgfork\\.revision *= *'([^']*)'");
    private static final long RECORD = 0x60;

    String name() {
        return env("PGFORK_NAME");
    }

    String uid() {
        return env("PGFORK_UID");
    }

    Disk disk() {
        return disks.volume(claimUid).orElse(Disk.EMPTY);
    }

    private String env(String name) {
        return Objects.requireNonNull(environment.get(name), name);
    }

    private String self() {
        return uid() + "/" + env("PGFORK_GENERATION");
    }

    /** The private phase, all of it. */
    SimulatedInstance opened(Disks storage, Optional<ScriptFailure> scripted) {
        if (disk().openedBy().equals(self())) {
            return with(Phase.running, null);
        }
        if (scripted.isPresent()) {
            return with(Phase.failed, scripted.get());
        }
        return env("PGFORK_SEED").equals("initdb") ? bootstrapped(storage) : quarantined(storage);
    }

    private SimulatedInstance bootstrapped(Disks storage) {
        if (!disk().isEmpty()) {
            return with(Phase.failed, new ScriptFailure("ForeignVolume", "bootstrap", "", 0));
        }
        var identifier = Long.toString(7_000_000_000_000_000_000L + Math.abs((long) podUid.hashCode()));
        storage.write(claimUid, empty -> new Disk(identifier, 1, self(), SimulatedInstances.firstLsn()));
        return with(Phase.running, null);
    }

    private SimulatedInstance quarantined(Disks storage) {
        var copy = disk();
        if (copy.isEmpty()) {
            return with(Phase.failed, new ScriptFailure("NotADatabase", "check", "", 0));
        }
        if (!copy.systemIdentifier().equals(env("PGFORK_SYSTEM_IDENTIFIER"))) {
            return with(Phase.failed, new ScriptFailure("WrongSystemIdentifier", "check", "", 0));
        }
        if (copy.lsn() < Lsn.parse(env("PGFORK_CUT_LSN")).bytes()) {
            return with(Phase.failed, new ScriptFailure("NotPastTheCut", "recovery", "", 0));
        }
        var timeline = Math.max(copy.timeline(), Integer.parseInt(env("PGFORK_SOURCE_TIMELINE"))) + 1;
        storage.write(claimUid, disk -> new Disk(disk.systemIdentifier(), timeline, self(), disk.lsn()));
        return with(Phase.running, null);
    }

    SimulatedInstance marked() {
        disks.write(
                claimUid,
                disk -> new Disk(disk.systemIdentifier(), disk.timeline(), disk.openedBy(), disk.lsn() + RECORD));
        return this;
    }

    SimulatedInstance reloaded(ConfigurationBundle bundle) {
        return new SimulatedInstance(
                namespace,
                pod,
                podUid,
                address,
                environment,
                disks,
                claimUid,
                Objects.requireNonNull(bundle.files().get("postgresql.conf")),
                Objects.requireNonNull(bundle.files().get("tls.crt")),
                started,
                phase,
                failure);
    }

    private SimulatedInstance with(Phase next, @Nullable ScriptFailure why) {
        return new SimulatedInstance(
                namespace,
                pod,
                podUid,
                address,
                environment,
                disks,
                claimUid,
                configuration,
                certificate,
                started,
                next,
                why);
    }

    ScriptStatus status() {
        var disk = disk();
        var runs = phase == Phase.running;
        var isCopy = env("PGFORK_SEED").equals("snapshot");
        return new ScriptStatus(
                phase,
                env("PGFORK_ROLE"),
                Long.parseLong(env("PGFORK_EPOCH")),
                disk.openedBy(),
                disk.isEmpty() ? null : disk.systemIdentifier(),
                disk.isEmpty() ? null : disk.timeline(),
                runs && isCopy ? new Lsn(disk.lsn()).toString() : null,
                failure == null ? null : failure.step(),
                failure == null ? null : failure.reason(),
                failure == null ? null : failure.reason() + " at " + failure.step(),
                failure == null || failure.sqlstate().isEmpty() ? null : failure.sqlstate(),
                failure == null || failure.line() == 0 ? null : failure.line(),
                started,
                runs ? started : null,
                runs ? started : null,
                null);
    }

    ServerReport report() {
        var revision = REVISION.matcher(configuration);
        return new ServerReport(
                uid(),
                Integer.parseInt(env("PGFORK_GENERATION")),
                revision.find() ? revision.group(1) : "",
                "17.6",
                disk().systemIdentifier(),
                disk().timeline(),
                false,
                started,
                serial());
    }

    private String serial() {
        try {
            var factory = CertificateFactory.getInstance("X.509");
            var parsed = (X509Certificate) factory.generateCertificate(
                    new ByteArrayInputStream(certificate.getBytes(StandardCharsets.US_ASCII)));
            return parsed.getSerialNumber().toString(16);
        } catch (CertificateException e) {
            throw new IllegalStateException("the Secret -tls holds no certificate", e);
        }
    }
}
