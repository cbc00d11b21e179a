package dev.pgfork.operator.database;

import dev.pgfork.api.v1alpha1.ForkNamespaces.From;
import dev.pgfork.api.v1alpha1.ForkRules;
import dev.pgfork.api.v1alpha1.MaskedCopy;
import dev.pgfork.api.v1alpha1.PostgresDatabase;
import dev.pgfork.api.v1alpha1.PostgresFork;
import dev.pgfork.api.v1alpha1.SanitizeStep;
import dev.pgfork.operator.action.Action;
import dev.pgfork.operator.action.Deletions;
import dev.pgfork.operator.database.MaskedCopyResources.Refresh;
import dev.pgfork.operator.kube.MaskedCopyIdentity;
import dev.pgfork.operator.kube.Owner;
import dev.pgfork.operator.status.Conditions;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Keeps the masked copy of a database that demands sanitize steps and allows forks in other namespaces: those are made
 * of it, so that no unmasked byte leaves the database's namespace, and the mask is run once for all of them.
 *
 * <table>
 * <caption>First match wins</caption>
 * <tr><th>wanted</th><th>seen</th><th>condition MaskedCopy</th><th>done</th></tr>
 * <tr><td>no</td><td>the copy</td><td>none</td><td>deleted</td></tr>
 * <tr><td>no</td><td>anything else</td><td>none</td><td></td></tr>
 * <tr><td>yes</td><td>nothing</td><td>False, Making</td><td>made</td></tr>
 * <tr><td>yes</td><td>somebody else's fork of that name</td><td>False, NameTaken</td><td></td></tr>
 * <tr><td>yes</td><td>the copy, going</td><td>False, Making</td><td></td></tr>
 * <tr><td>yes</td><td>the copy, of which forks can be made</td><td>True, Usable</td><td>made again when its data have
 * the age</td></tr>
 * <tr><td>yes</td><td>the same, and it could not be made again</td><td>True, RefreshFailed</td><td>tried again after
 * ever longer pauses</td></tr>
 * <tr><td>yes</td><td>the copy, that has not passed all that is demanded now</td><td>False, StepsNotPassed or
 * RefreshFailed</td><td>the same</td></tr>
 * <tr><td>yes</td><td>the copy, that waiting does not help</td><td>False, its own reason</td><td>made again; after a
 * failure with the same pauses</td></tr>
 * <tr><td>yes</td><td>the copy, on the way</td><td>False, its own reason</td><td></td></tr>
 * </table>
 *
 * A change of the database's spec ends a pause.
 */
final class MaskedCopyPlanner {
    /** Condition of the database: whether forks in other namespaces can be made. */
    static final String CONDITION = "MaskedCopy";

    private static final Duration FIRST_PAUSE = Duration.ofSeconds(15);
    private static final Duration LONGEST_PAUSE = Duration.ofMinutes(10);

    /** Of doublings: beyond that it is the longest one anyway. */
    private static final int MOST_DOUBLINGS = 10;

    private static final Duration DEFAULT_MAX_AGE = Duration.ofHours(24);

    private final boolean acrossNamespaces;

    /** @param acrossNamespaces whether there are forks in other namespaces at all */
    MaskedCopyPlanner(boolean acrossNamespaces) {
        this.acrossNamespaces = acrossNamespaces;
    }

    /** @param wakeUp when something is to be done by the clock alone */
    record Decision(List<Action> actions, Optional<Duration> wakeUp) {
        static final Decision NOTHING = new Decision(List.of(), Optional.empty());
    }

    /** @param seen whatever fork has the name; empty: none */
    Decision plan(PostgresDatabase resource, Conditions conditions, Optional<PostgresFork> seen, Instant now) {
        var owner = Owner.of(resource);
        var copy = seen.filter(fork -> MaskedCopyIdentity.isOf(owner, fork));
        if (!acrossNamespaces) {
            // It may not make or delete any then.
            return Decision.NOTHING;
        }
        if (!isWanted(resource) || !Deletions.remains(resource)) {
            return new Decision(Deletions.of(owner, copy), Optional.empty());
        }
        if (seen.isEmpty()) {
            conditions.set(CONDITION, false, "Making", describe(owner) + " is being made");
            return new Decision(
                    List.of(new Action.Create(owner, MaskedCopyResources.fork(resource, null))), Optional.empty());
        }
        if (copy.isEmpty()) {
            conditions.set(
                    CONDITION,
                    false,
                    "NameTaken",
                    describe(owner) + " is not pgfork's own, and has the name of the copy that forks in other"
                            + " namespaces are made of. Delete it, or rename one of them");
            return Decision.NOTHING;
        }
        if (!Deletions.remains(copy.get())) {
            conditions.set(CONDITION, false, "Making", describe(owner) + " is being deleted, and is made again then");
            return Decision.NOTHING;
        }
        return kept(resource, conditions, copy.get(), now);
    }

    private static boolean isWanted(PostgresDatabase resource) {
        var rules = resource.getSpec().forks();
        var namespaces = rules == null ? null : rules.namespaces();
        return namespaces != null
                && namespaces.from() != From.Same
                && !demanded(resource).isEmpty();
    }

    private static List<SanitizeStep> demanded(PostgresDatabase resource) {
        return Optional.ofNullable(resource.getSpec().forks())
                .map(ForkRules::sanitize)
                .orElseGet(List::of);
    }

    private static Decision kept(PostgresDatabase resource, Conditions conditions, PostgresFork copy, Instant now) {
        var owner = Owner.of(resource);
        var state = MaskedCopyState.of(copy);
        var usable = state.isUsable(demanded(resource));
        var due = due(resource, state, usable);
        var failing = due.filter(at -> !at.isAfter(now))
                .flatMap(at -> state.failedAt(demanded(resource)))
                .isPresent();
        if (state.rests() && !state.hasPassed(demanded(resource))) {
            conditions.set(
                    CONDITION,
                    false,
                    state.failedAt(demanded(resource)).isPresent() ? "RefreshFailed" : "StepsNotPassed",
                    describe(owner) + " has not passed all steps that are demanded now, and is made again: "
                            + state.lastReset());
        } else {
            note(conditions, owner, state, usable, failing);
        }
        if (state.isRefreshing(now) || due.isEmpty()) {
            return brought(resource, copy, MaskedCopyResources.recorded(copy), Optional.empty());
        }
        var at = later(due.get(), pauseEnd(resource, state));
        return at.isAfter(now)
                ? brought(
                        resource,
                        copy,
                        MaskedCopyResources.recorded(copy),
                        Optional.of(Duration.between(now, at).plusMillis(1)))
                : brought(resource, copy, refresh(resource, state, now), Optional.empty());
    }

    /** @return when it is to be made again, if nothing else stands against it; empty: waiting makes it usable */
    private static Optional<Instant> due(PostgresDatabase resource, MaskedCopyState state, boolean usable) {
        if (state.isStuck(demanded(resource))) {
            return Optional.of(Instant.EPOCH);
        }
        return usable ? state.cutTime().map(cut -> cut.plus(maxAge(resource))) : Optional.empty();
    }

    /** How long it waits after a failure: storage, or a mask that is wrong, would fail again at once. */
    private static Instant pauseEnd(PostgresDatabase resource, MaskedCopyState state) {
        var last = MaskedCopyResources.recorded(state.copy());
        var failed = state.failedAt(demanded(resource));
        if (failed.isEmpty() || (last != null && last.generation() != generation(resource))) {
            return Instant.EPOCH;
        }
        var doublings = Math.min(last == null ? 0 : last.failures(), MOST_DOUBLINGS);
        var pause = FIRST_PAUSE.multipliedBy(1L << doublings);
        return failed.get().plus(pause.compareTo(LONGEST_PAUSE) < 0 ? pause : LONGEST_PAUSE);
    }

    private static Refresh refresh(PostgresDatabase resource, MaskedCopyState state, Instant now) {
        var last = MaskedCopyResources.recorded(state.copy());
        var generation = generation(resource);
        var failures = last != null
                        && last.generation() == generation
                        && state.failedAt(demanded(resource)).isPresent()
                ? last.failures() + 1
                : 0;
        // A time that was handled does nothing again, whatever the clock says.
        var at = later(
                now.truncatedTo(ChronoUnit.SECONDS),
                state.handledAt().map(handled -> handled.plusSeconds(1)).orElse(Instant.EPOCH));
        return new Refresh(at.toString(), failures, generation);
    }

    private static Decision brought(
            PostgresDatabase resource, PostgresFork copy, @Nullable Refresh refresh, Optional<Duration> wakeUp) {
        var wanted = MaskedCopyResources.fork(resource, refresh);
        return MaskedCopyResources.isAsWanted(copy, wanted)
                ? new Decision(List.of(), wakeUp)
                : new Decision(List.of(new Action.Apply(Owner.of(resource), wanted)), wakeUp);
    }

    private static void note(
            Conditions conditions, Owner owner, MaskedCopyState state, boolean usable, boolean failing) {
        var name = describe(owner);
        if (!usable) {
            conditions.set(CONDITION, false, state.reason(), name + " is not ready: " + state.message());
            return;
        }
        var data =
                name + " has data of " + state.cutTime().map(Instant::toString).orElse("before");
        if (failing) {
            conditions.set(
                    CONDITION,
                    true,
                    "RefreshFailed",
                    data + ", and could not be made again, which is tried again: " + state.lastReset());
        } else {
            conditions.set(CONDITION, true, "Usable", data + ". Forks in other namespaces are made of it");
        }
    }

    private static String describe(Owner owner) {
        return PostgresFork.KIND + " " + MaskedCopyIdentity.name(owner.name());
    }

    private static Instant later(Instant one, Instant other) {
        return one.isAfter(other) ? one : other;
    }

    private static long generation(PostgresDatabase resource) {
        return Objects.requireNonNullElse(resource.getMetadata().getGeneration(), 0L);
    }

    private static Duration maxAge(PostgresDatabase resource) {
        return Optional.ofNullable(resource.getSpec().forks())
                .map(ForkRules::maskedCopy)
                .map(MaskedCopy::maxAge)
                .map(text -> Duration.parse("PT" + text.toUpperCase(Locale.ROOT)))
                .orElse(DEFAULT_MAX_AGE);
    }
}
