package dev.pgfork.operator.standby;

import dev.pgfork.api.v1alpha1.ConfigurationStatus;
import dev.pgfork.api.v1alpha1.EffectiveSettings;
import dev.pgfork.api.v1alpha1.FollowerPhase;
import dev.pgfork.api.v1alpha1.InstanceStatus;
import dev.pgfork.api.v1alpha1.PostgresFollowerStatus.Lag;
import dev.pgfork.api.v1alpha1.PostgresFollowerStatus.LeaderStatus;
import dev.pgfork.api.v1alpha1.PostgresFollowerStatus.Rebuild;
import dev.pgfork.api.v1alpha1.PostgresFollowerStatus.SeedStatus;
import dev.pgfork.api.v1alpha1.PostgresFollowerStatus.Timings;
import dev.pgfork.operator.action.Action;
import dev.pgfork.operator.action.ParameterChange;
import dev.pgfork.operator.action.PodReplacement;
import dev.pgfork.operator.cut.CopyConditions;
import dev.pgfork.operator.instance.InstanceNames;
import dev.pgfork.operator.instance.InstanceObservation;
import dev.pgfork.operator.instance.InstanceTemplate;
import dev.pgfork.operator.instance.Member;
import dev.pgfork.operator.instance.ReplicationNames;
import dev.pgfork.operator.instance.Seed;
import dev.pgfork.operator.kube.Owner;
import dev.pgfork.operator.postgres.ForkSafety;
import dev.pgfork.operator.postgres.Lsn;
import dev.pgfork.operator.status.Conditions;
import io.fabric8.kubernetes.api.model.Condition;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What is on record of a standby while planners decide it: starts as what was last written down and ends as what will
 * be next.
 *
 * @param <S> the status of the resource whose instance it is
 */
public abstract class StandbyDraft<S> {
    public static final String PRIMARY = "primary";

    static final String SNAPSHOT = "snapshot";
    static final String BASE_BACKUP = "basebackup";

    private static final int FIRST_GENERATION = 1;
    private static final SeedStatus NO_SEED = new SeedStatus(null, null, null, null, null, null);

    private final Noted before;
    private final Owner owner;
    private final Instant now;
    protected final Instant requestedAt;
    public final Conditions conditions;

    public @Nullable FollowerPhase phase = FollowerPhase.Pending;
    public InstanceStatus instance;

    public @Nullable LeaderStatus leader;

    public @Nullable String slot;

    public @Nullable Boolean streaming;

    public @Nullable Lag lag;

    public SeedStatus seed;

    public @Nullable Rebuild rebuild;

    private Milestones milestones;

    public @Nullable EffectiveSettings effective;

    public @Nullable ConfigurationStatus configuration;

    /**
     * @param observedGeneration of the resource
     * @param before as it was last written down
     */
    protected StandbyDraft(Owner owner, @Nullable Long observedGeneration, Noted before, Instant now) {
        this.before = before;
        this.owner = owner;
        this.now = now;
        requestedAt = before.requestedAt() == null ? now : Instant.parse(before.requestedAt());
        conditions = new Conditions(before.conditions(), Objects.requireNonNullElse(observedGeneration, 0L), now);
        instance = Objects.requireNonNullElse(before.instance(), InstanceNotes.NONE);
        leader = before.leader();
        slot = before.slot();
        streaming = before.streaming();
        lag = before.lag();
        seed = Objects.requireNonNullElse(before.seed(), NO_SEED);
        rebuild = before.rebuild();
        milestones = Milestones.of(before.timings());
        effective = before.effective();
        configuration = before.configuration();
        CopyConditions.keep(conditions);
        conditions.keep(ParameterChange.CONDITION);
        PodReplacement.keep(conditions);
    }

    /** What was last written down of a standby; each as in {@link dev.pgfork.api.v1alpha1.PostgresFollowerStatus}. */
    public record Noted(
            @Nullable FollowerPhase phase,
            @Nullable List<Condition> conditions,
            @Nullable InstanceStatus instance,
            @Nullable LeaderStatus leader,
            @Nullable String slot,
            @Nullable Boolean streaming,
            @Nullable Lag lag,
            @Nullable SeedStatus seed,
            @Nullable Rebuild rebuild,
            @Nullable String requestedAt,
            @Nullable Timings timings,
            @Nullable EffectiveSettings effective,
            @Nullable ConfigurationStatus configuration) {}

    /** As it is to be written down. */
    protected abstract S build();

    /** Events about what has changed. */
    protected abstract List<Action> announcements();

    /** Of the volume and StatefulSet. */
    public int generation() {
        return Objects.requireNonNullElse(instance.generation(), FIRST_GENERATION);
    }

    /** Of the copy within the generation, from 1. */
    public int attempt() {
        return Objects.requireNonNullElse(seed.attempt(), 1);
    }

    /** A discarded cut is never confused with the next one: each has a name of its own. */
    public String snapshotName() {
        return new InstanceNames(owner.name(), generation()).snapshot(attempt());
    }

    /** The work on the primary that comes before the copy. */
    public Action.CutKey copyKey() {
        return new Action.CutKey(owner, generation(), attempt());
    }

    /** Whether it was decided what the volume is made of. */
    public boolean isSeedNoted() {
        return seed.timeline() != null;
    }

    /** Whether the copy itself has begun, so that the primary's volume is needed no more. */
    public boolean isCut() {
        return seed.cutTime() != null || BASE_BACKUP.equals(seed.method());
    }

    /** What the volume is made of, once that is noted. */
    public Optional<Seed> recordedSeed() {
        var identifier = instance.systemIdentifier();
        var timeline = seed.timeline();
        if (identifier == null || timeline == null) {
            return Optional.empty();
        }
        return Optional.of(
                BASE_BACKUP.equals(seed.method())
                        ? new Seed.BaseBackup(identifier, timeline)
                        : new Seed.StandbySnapshot(snapshotName(), identifier, timeline));
    }

    /** Who is followed, and by which slot: before that is made. */
    public void attaching(LeaderInstance from) {
        slot = ReplicationNames.slot(owner);
        follows(from);
    }

    public void follows(LeaderInstance from) {
        var resource = from.owner();
        leader = new LeaderStatus(resource.kind(), resource.name(), resource.uid(), from.primary());
    }

    /** What is copied is settled: whose volume, and all that the follower inherits. */
    public void copying(
            String method, Member primary, ForkSafety facts, @Nullable Lsn marker, EffectiveSettings settings) {
        seed = new SeedStatus(
                method,
                primary.owner().uid(),
                attempt(),
                marker == null ? null : marker.toString(),
                facts.timeline(),
                null);
        instance = InstanceNotes.copyOf(facts, settings, generation(), instance);
        effective = settings;
        milestones = milestones.attached(sinceBegin());
    }

    /** The cut turned out unsafe, or is gone: it is made again under another name. */
    public void discardCut() {
        seed = new SeedStatus(null, null, attempt() + 1, null, null, null);
        CopyConditions.drop(conditions);
    }

    public void cut(Instant cutTime) {
        seed = new SeedStatus(
                seed.method(), seed.instance(), seed.attempt(), seed.lsnBefore(), seed.timeline(), cutTime.toString());
        milestones = milestones.cut(sinceBegin());
    }

    public void bound() {
        milestones = milestones.bound(sinceBegin());
    }

    public void streaming() {
        streaming = true;
        milestones = milestones.streaming(sinceBegin());
    }

    /** Whether this generation has had a volume of its own. */
    public boolean hadVolume() {
        return milestones.isBound();
    }

    /** Whether this generation has ever been what was asked for. */
    public boolean hadStreamed() {
        return milestones.hasStreamed();
    }

    /** What is the server's: as it says, or as it was. */
    public void server(InstanceObservation seen, InstanceTemplate template) {
        instance = InstanceNotes.seen(seen, template, instance);
    }

    /** Whether its volume is the leader's data. */
    public boolean isPrimary() {
        return PRIMARY.equals(instance.role());
    }

    /** It was found to be that, by whoever knows. */
    public void primary() {
        instance = InstanceNotes.inRole(PRIMARY, instance);
    }

    /** Known from its objects, because the status does not say any more. */
    public void generation(int latest) {
        instance = InstanceNotes.ofGeneration(latest, instance);
    }

    /** The next generation: nothing of this one's copy holds for it. */
    public void rebuilding(String reason, @Nullable String keptVolume) {
        rebuild = RebuildPace.next(rebuild, reason, keptVolume, now);
        instance = InstanceNotes.rebuilt(generation() + 1, instance);
        seed = NO_SEED;
        milestones = Milestones.NONE;
        streaming = false;
        lag = null;
        CopyConditions.drop(conditions);
    }

    public Instant now() {
        return now;
    }

    public Owner owner() {
        return owner;
    }

    public Noted before() {
        return before;
    }

    /** When the resource was last seen to become unready; empty: it is ready, or new. */
    public Optional<String> notReadySince() {
        return Conditions.find(before.conditions(), Conditions.READY)
                .filter(condition -> !"True".equals(condition.getStatus()))
                .map(Condition::getLastTransitionTime);
    }

    /** When work on the present generation began. */
    public Instant begun() {
        return rebuild == null || rebuild.at() == null ? requestedAt : Instant.parse(rebuild.at());
    }

    protected @Nullable InstanceStatus instanceOrNull() {
        return instance.equals(InstanceNotes.NONE) ? null : instance;
    }

    protected @Nullable SeedStatus seedOrNull() {
        return seed.equals(NO_SEED) ? null : seed;
    }

    protected @Nullable Timings timingsOrNull() {
        return milestones.orNull();
    }

    private double sinceBegin() {
        return Duration.between(begun(), now).toMillis() / 1000.0;
    }
}
