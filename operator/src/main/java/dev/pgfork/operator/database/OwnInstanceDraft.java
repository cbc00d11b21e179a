package dev.pgfork.operator.database;

import dev.pgfork.api.v1alpha1.InstanceStatus;
import dev.pgfork.api.v1alpha1.OwnInstanceStatus;
import dev.pgfork.api.v1alpha1.OwnInstanceStatus.Removal;
import dev.pgfork.api.v1alpha1.PostgresDatabase;
import dev.pgfork.api.v1alpha1.PostgresDatabaseStatus;
import dev.pgfork.api.v1alpha1.PostgresFollowerStatus.Rebuild;
import dev.pgfork.operator.action.Action;
import dev.pgfork.operator.action.ParameterChange;
import dev.pgfork.operator.instance.ReplicationNames;
import dev.pgfork.operator.instance.Seed;
import dev.pgfork.operator.kube.Owner;
import dev.pgfork.operator.standby.StandbyDraft;
import dev.pgfork.operator.status.Conditions;
import io.fabric8.kubernetes.api.model.Condition;
import io.fabric8.kubernetes.api.model.ConditionBuilder;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * What is on record of a database's own instance while another one is the primary. Its first volume was made when the
 * database was, and is not made of anybody's; what comes after it is made like a follower's.
 */
final class OwnInstanceDraft extends StandbyDraft<OwnInstanceStatus> {
    /** Condition of the database: whether its own instance is as it is wanted while another one is the primary. */
    static final String CONDITION = "OwnInstance";

    private static final String RETURNED = "OwnInstanceReturns";

    private final PostgresDatabase resource;

    @Nullable
    Removal removal;

    OwnInstanceDraft(PostgresDatabase resource, Instant now) {
        this(resource, Objects.requireNonNullElse(resource.getStatus(), PostgresDatabaseStatus.EMPTY), now);
    }

    private OwnInstanceDraft(PostgresDatabase resource, PostgresDatabaseStatus status, Instant now) {
        this(
                resource,
                status,
                Objects.requireNonNullElse(status.ownInstance(), OwnInstanceStatus.EMPTY),
                asReady(status.conditions()),
                now);
    }

    private OwnInstanceDraft(
            PostgresDatabase resource,
            PostgresDatabaseStatus status,
            OwnInstanceStatus before,
            List<Condition> conditions,
            Instant now) {
        super(
                Owner.of(resource),
                resource.getMetadata().getGeneration(),
                new Noted(
                        before.phase(),
                        conditions,
                        status.instance(),
                        null,
                        before.slot(),
                        before.streaming(),
                        before.lag(),
                        before.seed(),
                        before.rebuild(),
                        null,
                        before.timings(),
                        null,
                        status.configuration()),
                now);
        this.resource = resource;
        removal = before.removal();
    }

    /** To the planners of a standby its Ready is what the database calls {@link #CONDITION}. */
    private static List<Condition> asReady(@Nullable List<Condition> conditions) {
        return Stream.concat(
                        Conditions.find(conditions, CONDITION).stream()
                                .map(condition -> new ConditionBuilder(condition)
                                        .withType(Conditions.READY)
                                        .build()),
                        Conditions.find(conditions, ParameterChange.CONDITION).stream())
                .toList();
    }

    /** Whether its volume is the one that the database was made with, or one of which nothing is known any more. */
    private boolean isAsItWas() {
        return rebuild == null && seed.timeline() == null;
    }

    @Override
    public boolean isSeedNoted() {
        return isAsItWas() || super.isSeedNoted();
    }

    @Override
    public boolean isCut() {
        return isAsItWas() || super.isCut();
    }

    @Override
    public boolean hadVolume() {
        return isAsItWas() || super.hadVolume();
    }

    @Override
    public boolean hadStreamed() {
        return isAsItWas() || super.hadStreamed();
    }

    @Override
    public Optional<Seed> recordedSeed() {
        return isAsItWas() ? Optional.of(DatabaseResources.seedOfNoRecord(resource, instance)) : super.recordedSeed();
    }

    /** It was removed, and is wanted again: as a next generation, of which nothing is made yet. */
    void returning() {
        var kept = removal == null ? null : removal.keptVolume();
        rebuilding(RETURNED, kept);
        rebuild = new Rebuild(RETURNED, 0, now().toString(), kept);
        // Nothing of it runs: what it is to be made with may have been changed since.
        configuration = null;
        removal = null;
    }

    /** It is not a standby: what tells of one is not so any more, but what its volume is made of is. */
    void rests() {
        phase = null;
        slot = null;
        streaming = null;
        lag = null;
    }

    /** Its slot is the one of its name, whoever made it. */
    void follows() {
        slot = ReplicationNames.slot(owner());
    }

    InstanceStatus instance() {
        return instance;
    }

    /** Ready of a standby, under the name that it has in the database. */
    Condition condition() {
        var ready = Conditions.find(conditions.list(), Conditions.READY).orElseThrow();
        return "True".equals(ready.getStatus())
                ? new ConditionBuilder(ready).withReason("Streaming").build()
                : ready;
    }

    /** The planner tells, who may have more to say than how it follows. */
    @Override
    protected List<Action> announcements() {
        return List.of();
    }

    @Override
    protected OwnInstanceStatus build() {
        // Nothing of its first volume was timed: that one was made when the database was.
        var times = isAsItWas() ? null : timingsOrNull();
        return new OwnInstanceStatus(phase, slot, streaming, lag, seedOrNull(), rebuild, times, removal);
    }
}
