package dev.pgfork.operator.mock;

import dev.pgfork.operator.instance.ConfigurationBundle;
import dev.pgfork.operator.instance.Sanitizing;
import dev.pgfork.operator.instance.ScriptStatus;
import dev.pgfork.operator.instance.ScriptStatus.Phase;
import dev.pgfork.operator.mock.SimulatedInstances.ScriptFailure;
import dev.pgfork.operator.postgres.ForkSafety;
import dev.pgfork.operator.postgres.Lsn;
import dev.pgfork.operator.postgres.ServerPosition;
import dev.pgfork.operator.postgres.ServerReport;
import dev.pgfork.operator.postgres.ServerSettings;
import java.io.ByteArrayInputStream;
import java.nio.charset.StandardCharsets;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.function.UnaryOperator;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * What runs in one pod, at one moment: the decisions of the instance script, and the server.
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
    static final String PRIMARY = "primary";
    static final String STANDBY = "standby";
    static final String FENCED = "fenced";

    private static final ScriptFailure CRASH = new ScriptFailure("ServerEnded", "start", "", 0);
    private static final Pattern SYNCHRONOUS = Pattern.compile("(?m)^synchronous_standby_names *= *'([^']*)'");

    String name() {
        return env("PGFORK_NAME");
    }

    String uid() {
        return env("PGFORK_UID");
    }

    String slot() {
        return env("PGFORK_SLOT");
    }

    int generation() {
        return Integer.parseInt(env("PGFORK_GENERATION"));
    }

    Disk disk() {
        return disks.volume(claimUid).orElse(Disk.EMPTY);
    }

    void write(UnaryOperator<Disk> change) {
        disks.write(claimUid, change);
    }

    private String env(String name) {
        return Objects.requireNonNull(environment.get(name), name);
    }

    String self() {
        return uid() + "/" + generation();
    }

    boolean isRunning() {
        return phase == Phase.running;
    }

    boolean acceptsWrites() {
        return isRunning() && state().role().equals(PRIMARY);
    }

    boolean isRunningStandby() {
        return isRunning() && state().role().equals(STANDBY);
    }

    /** Whether it is to be a database of its own; the others are members of one with a single primary. */
    boolean isIndependentCopy() {
        return environment.containsKey("PGFORK_CUT_LSN");
    }

    boolean wantsBaseBackup() {
        return state().role().equals(STANDBY)
                && "basebackup".equals(environment.get("PGFORK_SEED"))
                && disk().isEmpty();
    }

    /** Role, epoch and leader in force: see {@code load_state} in instance.sh. */
    StateFile state() {
        var filed = disk().state();
        var isOurs = filed.self().equals(self());
        var epoch = Long.parseLong(env("PGFORK_EPOCH"));
        if (isOurs && (filed.epoch() >= epoch || waitsForPromotion(filed))) {
            return filed;
        }
        var role = env("PGFORK_ROLE");
        var leader = role.equals(STANDBY) ? env("PGFORK_LEADER") : "";
        return new StateFile(self(), role, epoch, isOurs ? filed.openedBy() : "", leader);
    }

    private boolean waitsForPromotion(StateFile filed) {
        return env("PGFORK_ROLE").equals(PRIMARY)
                && !isIndependentCopy()
                && (filed.role().equals(STANDBY) || !filed.leader().isEmpty());
    }

    SimulatedInstance crashed() {
        return with(Phase.failed, CRASH);
    }

    boolean isCrashed() {
        return CRASH.equals(failure);
    }

    /** What the script starts, and what comes before it. */
    SimulatedInstance opened(Optional<ScriptFailure> scripted) {
        if (isCrashed()) {
            return this;
        }
        var state = state();
        if (state.role().equals(FENCED)) {
            return with(Phase.fenced, null);
        }
        if (state.role().equals(PRIMARY) && state.openedBy().equals(self())) {
            write(disk -> disk.with(state));
            return with(Phase.running, null);
        }
        if (scripted.isPresent()) {
            return with(Phase.failed, scripted.get());
        }
        if (state.role().equals(STANDBY)) {
            return standby(state);
        }
        return env("PGFORK_SEED").equals("initdb") ? bootstrapped(state) : quarantined(state);
    }

    private SimulatedInstance bootstrapped(StateFile state) {
        if (!disk().isEmpty()) {
            return with(Phase.failed, new ScriptFailure("ForeignVolume", "bootstrap", "", 0));
        }
        var identifier = Long.toString(7_000_000_000_000_000_000L + Math.abs((long) podUid.hashCode()));
        write(empty ->
                new Disk(identifier, 1, SimulatedInstances.FIRST_LSN, empty.history(), empty.slots(), mine(state)));
        return with(Phase.running, null);
    }

    private SimulatedInstance quarantined(StateFile state) {
        var copy = disk();
        var objection = objection(copy);
        if (objection.isPresent()) {
            return with(Phase.failed, objection.get());
        }
        if (copy.lsn() < Lsn.parse(env("PGFORK_CUT_LSN")).bytes()) {
            return with(Phase.failed, new ScriptFailure("NotPastTheCut", "recovery", "", 0));
        }
        var timeline = Math.max(copy.timeline(), Integer.parseInt(env("PGFORK_SOURCE_TIMELINE"))) + 1;
        write(disk -> disk.withoutSlots().onTimeline(timeline).with(mine(state)));
        return with(Phase.running, null);
    }

    /** A copied volume, or its own: a full copy of the leader has been made by the time that this is called. */
    private SimulatedInstance standby(StateFile state) {
        var objection = objection(disk());
        if (objection.isPresent()) {
            return with(Phase.failed, objection.get());
        }
        var isCopy = !disk().state().self().equals(self());
        write(disk -> (isCopy ? disk.withoutSlots() : disk).with(state));
        return with(Phase.running, null);
    }

    private Optional<ScriptFailure> objection(Disk copy) {
        if (copy.isEmpty()) {
            return Optional.of(new ScriptFailure("NotADatabase", "check", "", 0));
        }
        return environment.containsKey("PGFORK_SYSTEM_IDENTIFIER")
                        && !copy.systemIdentifier().equals(env("PGFORK_SYSTEM_IDENTIFIER"))
                ? Optional.of(new ScriptFailure("WrongSystemIdentifier", "check", "", 0))
                : Optional.empty();
    }

    private StateFile mine(StateFile state) {
        return new StateFile(self(), state.role(), state.epoch(), self(), "");
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

    SimulatedInstance configured(String changed) {
        return new SimulatedInstance(
                namespace,
                pod,
                podUid,
                address,
                environment,
                disks,
                claimUid,
                changed,
                certificate,
                started,
                phase,
                failure);
    }

    SimulatedInstance with(Phase next, @Nullable ScriptFailure why) {
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

    /** @param sanitizing how far the sanitize steps are */
    ScriptStatus status(@Nullable Sanitizing sanitizing) {
        var disk = disk();
        var state = state();
        var isCopy = env("PGFORK_SEED").equals("snapshot") && isIndependentCopy();
        return new ScriptStatus(
                phase,
                state.role(),
                state.epoch(),
                state.openedBy(),
                disk.isEmpty() ? null : disk.systemIdentifier(),
                disk.isEmpty() ? null : disk.timeline(),
                isRunning() && isCopy ? new Lsn(disk.lsn()).toString() : null,
                failure == null ? null : failure.step(),
                failure == null ? null : failure.reason(),
                failure == null ? null : failure.reason() + " at " + failure.step(),
                failure == null || failure.sqlstate().isEmpty() ? null : failure.sqlstate(),
                failure == null || failure.line() == 0 ? null : failure.line(),
                started,
                isRunning() ? started : null,
                isRunning() ? started : null,
                state.leader().isEmpty() ? null : state.leader(),
                0,
                sanitizing,
                null,
                null,
                Map.of());
    }

    ServerReport report(ServerSettings settings) {
        return new ServerReport(
                uid(),
                generation(),
                SimulatedSettings.revision(configuration),
                "17.6",
                disk().systemIdentifier(),
                disk().timeline(),
                !acceptsWrites(),
                started,
                serial(),
                settings,
                Optional.empty());
    }

    ServerPosition position(boolean streaming) {
        var lsn = new Lsn(disk().lsn());
        return new ServerPosition(
                uid(),
                generation(),
                disk().systemIdentifier(),
                17,
                !acceptsWrites(),
                disk().timeline(),
                lsn,
                lsn,
                streaming,
                List.of());
    }

    String synchronousNames() {
        var names = SYNCHRONOUS.matcher(configuration);
        return names.find() ? names.group(1) : "";
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

    /** What forks of it are told. */
    ForkSafety forkSafety() {
        return new ForkSafety(
                uid(),
                disk().systemIdentifier(),
                disk().timeline(),
                !acceptsWrites(),
                true,
                true,
                "replica",
                false,
                List.of());
    }
}
