package dev.pgfork.operator.fork;

import dev.pgfork.api.v1alpha1.EffectiveSettings;
import dev.pgfork.api.v1alpha1.InstanceStatus;
import dev.pgfork.api.v1alpha1.PostgresFork;
import dev.pgfork.api.v1alpha1.PostgresForkSpec;
import dev.pgfork.api.v1alpha1.PostgresForkStatus;
import dev.pgfork.api.v1alpha1.PostgresForkStatus.NextGeneration;
import dev.pgfork.operator.action.Action.CutKey;
import dev.pgfork.operator.cut.Inheritance;
import dev.pgfork.operator.instance.InstanceNames;
import dev.pgfork.operator.instance.InstanceTemplate;
import dev.pgfork.operator.instance.ProvedParameters;
import dev.pgfork.operator.instance.Role;
import dev.pgfork.operator.instance.SanitizeRecord;
import dev.pgfork.operator.instance.Seed;
import dev.pgfork.operator.kube.Owner;
import dev.pgfork.operator.postgres.Lsn;
import dev.pgfork.operator.storage.HandOver;
import dev.pgfork.operator.storage.Snapshots;
import dev.pgfork.operator.storage.SourceVolume;
import io.fabric8.volumesnapshot.api.model.VolumeSnapshot;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;

/** What a fork's objects are rendered from: its spec, with what it leaves out taken from the source. */
public final class ForkResources {
    static final long FIRST_EPOCH = 1;

    private ForkResources() {}

    /** Fills in what the fork inherits, but for archive settings: a fork never archives. */
    static EffectiveSettings effective(PostgresForkSpec spec, InstanceTemplate source, Optional<SourceVolume> volume) {
        return Inheritance.effective(spec, source, volume, name -> !name.startsWith("archive_"));
    }

    /** For what is made before the cut and does not depend on it. */
    static InstanceTemplate early(PostgresFork fork, int generation, EffectiveSettings effective) {
        return template(fork, generation, effective, notCutYet(unlocked(fork, effective)));
    }

    /** The owner gets in anyway. */
    private static List<String> unlocked(PostgresFork fork, EffectiveSettings effective) {
        var access = fork.getSpec().access();
        return access == null || access.roles() == null
                ? List.of()
                : access.roles().stream()
                        .filter(role -> !role.equals(effective.owner()))
                        .toList();
    }

    private static Seed.Snapshot notCutYet(List<String> roles) {
        return new Seed.Snapshot("", "", new Lsn(0), 0, SanitizeRecord.NONE, roles);
    }

    /** @param seed of the volume; only what is made before the cut may be rendered from one that is not known yet */
    static InstanceTemplate template(
            PostgresFork fork, int generation, EffectiveSettings effective, Seed.Snapshot seed) {
        return Inheritance.template(Owner.of(fork), generation, effective, seed, fork.getSpec())
                .withRole(Role.PRIMARY, FIRST_EPOCH, null);
    }

    /** All that are wanted: inherited when it was cut, and its own of the day. */
    static Map<String, String> parameters(PostgresFork fork, EffectiveSettings effective) {
        return Inheritance.parameters(fork.getSpec(), effective.parameters());
    }

    /** Those that its followers are to have. */
    public static Map<String, String> inheritable(PostgresFork fork, PostgresForkStatus status) {
        var effective = Objects.requireNonNull(status.effective(), "recorded before the cut");
        return ProvedParameters.inheritable(parameters(fork, effective), status.configuration());
    }

    /** @return the template as it was noted before the cut; empty: nothing is noted yet */
    public static Optional<InstanceTemplate> recorded(PostgresFork fork, PostgresForkStatus status) {
        var source = status.source();
        var instance = status.instance();
        var effective = status.effective();
        if (source == null || source.lsnBefore() == null || instance == null || effective == null) {
            return Optional.empty();
        }
        var seed = new Seed.Snapshot(
                snapshotName(fork, generation(status), Objects.requireNonNullElse(status.cutAttempt(), 1)),
                Objects.requireNonNull(instance.systemIdentifier(), "noted before the cut"),
                Lsn.parse(source.lsnBefore()),
                Objects.requireNonNull(source.timeline(), "noted before the cut"),
                SanitizeRecord.of(status.sanitize(), status.sanitizedBy()),
                unlocked(fork, effective));
        var wanted = template(fork, generation(status), effective, seed);
        return Optional.of(wanted.withParameters(ProvedParameters.usable(wanted.parameters(), status.configuration()))
                // A size that was raised since the cut.
                .withAtLeast(Inheritance.size(fork.getSpec().storage())));
    }

    /**
     * The position that is marked in one volume says nothing of another: a source may be made anew meanwhile.
     *
     * @param source empty: there is none, and so nothing to ask
     */
    static CutKey cutKey(PostgresFork fork, int generation, int attempt, Optional<SourceInstance> source) {
        var of = source.map(from ->
                        " of " + from.instance().uid() + "/" + from.names().generation())
                .orElse("");
        return new CutKey(Owner.of(fork), generation + "." + attempt + of);
    }

    /**
     * Of the VolumeSnapshot in the fork's namespace that its volume is made of. A discarded cut is never confused with
     * the next one: each has a name of its own.
     */
    static String snapshotName(PostgresFork fork, int generation, int attempt) {
        return snapshotPrefix(fork.getMetadata().getName(), generation) + attempt;
    }

    /** What the names of all cuts of a generation begin with. */
    static String snapshotPrefix(String name, int generation) {
        return new InstanceNames(name, generation).generationName() + "-cut";
    }

    /** That is noted, which may have no volume yet. */
    static int generation(PostgresForkStatus status) {
        return Optional.ofNullable(status.instance())
                .map(InstanceStatus::generation)
                .orElse(InstanceNames.FIRST_GENERATION);
    }

    /** The fork as if its next generation were all there is of it: so it is observed and planned like a new one. */
    static PostgresFork beside(PostgresFork fork, NextGeneration next) {
        var alone = new PostgresFork();
        alone.setMetadata(fork.getMetadata());
        alone.setSpec(fork.getSpec());
        alone.setStatus(new PostgresForkStatus(
                null,
                next.conditions(),
                null,
                next.instance(),
                null,
                next.source(),
                null,
                next.requestedAt(),
                next.cutAttempt(),
                next.timings(),
                next.effective(),
                null,
                null,
                null,
                null,
                null,
                null,
                next.sanitize(),
                next.sanitizedBy(),
                next.forks(),
                // So it is not made with settings that were seen not to work.
                fork.getStatus() == null ? null : fork.getStatus().configuration()));
        return alone;
    }

    /** In the source's namespace. */
    static VolumeSnapshot snapshot(
            PostgresFork fork, int generation, int attempt, SourceVolume source, String className) {
        var owner = Owner.of(fork);
        var name = cutName(fork, generation, attempt);
        return crosses(fork)
                ? HandOver.cut(owner, sourceNamespace(fork), name, source.claim(), className)
                : Snapshots.snapshot(owner, name, source.claim(), className);
    }

    static String sourceNamespace(PostgresFork fork) {
        return fork.getSpec().from().namespaceOr(fork.getMetadata().getNamespace());
    }

    /** Whether its source is in another namespace. */
    static boolean crosses(PostgresFork fork) {
        return !sourceNamespace(fork).equals(fork.getMetadata().getNamespace());
    }

    /**
     * Name of the VolumeSnapshot that is taken, in the source's namespace, and of the content that hands it over: forks
     * of that name may be in other namespaces, too.
     */
    static String cutName(PostgresFork fork, int generation, int attempt) {
        var name = snapshotName(fork, generation, attempt);
        return crosses(fork) ? name + "-" + fork.getMetadata().getUid() : name;
    }
}
