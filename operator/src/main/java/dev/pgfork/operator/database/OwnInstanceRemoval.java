package dev.pgfork.operator.database;

import dev.pgfork.api.v1alpha1.OwnInstanceStatus.Removal;
import dev.pgfork.api.v1alpha1.PostgresDatabase;
import dev.pgfork.api.v1alpha1.Synchronous;
import dev.pgfork.operator.action.Action;
import dev.pgfork.operator.action.Deletions;
import dev.pgfork.operator.instance.InstanceTemplate;
import dev.pgfork.operator.kube.Labels;
import dev.pgfork.operator.kube.Looked;
import dev.pgfork.operator.standby.KeptVolumes;
import dev.pgfork.operator.standby.StandbyObservation;
import dev.pgfork.operator.standby.Standing;
import dev.pgfork.operator.status.Wait;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.PersistentVolumeClaim;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Takes a database's own instance away, as the end of a move to another plan or storage class, and lets it come back:
 * noted first; then StatefulSet and pod; then its slot and role on the primary; then its volumes, and what only it
 * needs. A volume that may hold what the primary lacks is marked and stays. If the instance is wanted again while its
 * volume is there, it goes on with that, which nobody needs more than a database whose primary is lost meanwhile: no
 * slot can be dropped there any more. Otherwise what has begun ends, and it comes back as a next generation.
 *
 * <table>
 * <caption>Obstacles to the beginning, first match wins</caption>
 * <tr><th>seen</th><th>reason</th></tr>
 * <tr><td>the primary is changing</td><td>ChangingOver</td></tr>
 * <tr><td>the primary does not serve: this may be the only copy soon</td><td>PrimaryNotReady</td></tr>
 * <tr><td>commits would wait for ever for somebody else to have them</td><td>NeededForSynchronous</td></tr>
 * <tr><td>it does not stream, and may in a moment</td><td>NotStreaming</td></tr>
 * </table>
 */
final class OwnInstanceRemoval {
    private final Duration patience;

    /** @param patience how long it may not stream until its volume is kept instead of waited for */
    OwnInstanceRemoval(Duration patience) {
        this.patience = patience;
    }

    Optional<Wait> obstacle(
            PostgresDatabase resource,
            DatabaseStatusDraft draft,
            DatabaseObservation seen,
            OwnInstanceDraft own,
            StandbyObservation standby) {
        if (draft.changeover != null) {
            return wait("ChangingOver", "The primary is changing; the own instance is removed after that");
        }
        if (!seen.members().primaryServes(String.valueOf(draft.primary))) {
            return wait(
                    "PrimaryNotReady",
                    "Primary " + draft.primary + " does not serve, and the own instance may have to take its place;"
                            + " it is removed once the primary serves");
        }
        if (isNeeded(resource.getSpec().synchronous(), draft, seen)) {
            return wait(
                    "NeededForSynchronous",
                    "Without it fewer followers remain than spec.synchronous.required. Make another follower, or lower"
                            + " that number");
        }
        var waits = standby.instance().volume().isPresent()
                && own.hadStreamed()
                && isPassing(standby.standing(Long.MAX_VALUE))
                && own.now()
                        .isBefore(own.notReadySince()
                                .map(Instant::parse)
                                .orElse(own.now())
                                .plus(patience));
        return waits
                ? wait(
                        "NotStreaming",
                        "The own instance does not stream, so it is not known whether it has commits that the primary"
                                + " does not have. If it goes on like this, it is removed and its volume is kept")
                : Optional.empty();
    }

    private static Optional<Wait> wait(String reason, String message) {
        return Optional.of(Wait.forReason(reason, message));
    }

    private static boolean isNeeded(@Nullable Synchronous wanted, DatabaseStatusDraft draft, DatabaseObservation seen) {
        if (wanted == null) {
            return false;
        }
        var others = seen.members().followers().stream()
                .filter(member -> !member.isDeleting() && !member.name().equals(draft.primary))
                .count();
        return others < Objects.requireNonNullElse(wanted.required(), 1);
    }

    private static boolean isPassing(Standing standing) {
        return standing instanceof Standing.Away || standing instanceof Standing.Detached;
    }

    /** Noted before anything goes. */
    List<Action> begin(DatabaseStatusDraft draft, OwnInstanceDraft own, StandbyObservation standby) {
        var kept = standby.instance().volume().filter(claim -> mayHoldMore(standby));
        own.rests();
        own.removal = new Removal(
                own.now().toString(),
                kept.map(claim -> claim.getMetadata().getName()).orElse(null),
                draft.epoch);
        var actions = new ArrayList<Action>();
        actions.add(new Action.PersistIntent());
        actions.addAll(KeptVolumes.marks(standby, own));
        actions.addAll(mark(kept.stream(), own));
        removing(draft, own);
        return actions;
    }

    /** Whether it is not known that the primary has all that this has. */
    private static boolean mayHoldMore(StandbyObservation standby) {
        return switch (standby.standing(Long.MAX_VALUE)) {
            case Standing.InStep inStep -> false;
            // The others are said before it is known whether it has diverged.
            case Standing.Behind(var reason, var message) ->
                !reason.equals("Lagging") && !reason.equals("ReplayPaused");
            case Standing.Beyond beyond -> beyond.keepVolume();
            case Standing.Away away -> true;
            case Standing.Detached detached -> true;
        };
    }

    /**
     * Whether its volume is still there, and is what is wanted now: the spec could be changed meanwhile. One that is
     * kept is its user's, and a server that serves has all that can be had without it.
     */
    boolean canBeTakenBack(PostgresDatabase resource, Removal noted, StandbyObservation standby) {
        var needsKept = !(standby.replication().primary() instanceof Looked.Found<?>);
        return (noted.keptVolume() == null || needsKept)
                && !OwnInstancePlanner.isToBeRemoved(resource)
                && standby.instance()
                        .volume()
                        .filter(Deletions::remains)
                        .filter(claim -> fits(claim, DatabaseResources.template(resource)))
                        .isPresent();
    }

    private static boolean fits(PersistentVolumeClaim claim, InstanceTemplate wanted) {
        var spec = claim.getSpec();
        var size = spec.getResources().getRequests().get("storage");
        return (wanted.storageClassName() == null || wanted.storageClassName().equals(spec.getStorageClassName()))
                && spec.getAccessModes().contains(wanted.accessMode().name())
                && size != null
                && size.getNumericalAmount().compareTo(wanted.storageSize().getNumericalAmount()) >= 0;
    }

    /** Whether it has diverged meanwhile is seen once it runs. */
    List<Action> takeBack(OwnInstanceDraft own, StandbyObservation standby) {
        own.removal = null;
        return standby.instance().volume().stream()
                .filter(KeptVolumes::isMarked)
                .<Action>map(claim -> new Action.AnnotateVolume(own.owner(), claim, Labels.KEPT, null))
                .toList();
    }

    List<Action> proceed(
            PostgresDatabase resource,
            DatabaseStatusDraft draft,
            DatabaseObservation seen,
            OwnInstanceDraft own,
            StandbyObservation standby) {
        own.rests();
        keepFromALaterPrimary(draft, own, standby);
        var owner = own.owner();
        var kept = standby.volumes().filter(claim -> isKept(claim, own)).toList();
        // The operator may have ended right after it was noted.
        var actions = new ArrayList<>(mark(kept.stream(), own));
        removing(draft, own);
        if (standby.sets().findAny().isPresent() || standby.instance().pod().isPresent()) {
            actions.addAll(Deletions.of(owner, standby.sets()));
            return actions;
        }
        var rest = rest(seen, own, standby);
        if (!rest.isEmpty()) {
            // An orderly end needs the primary: its slot would keep WAL for nobody.
            seen.members()
                    .member(String.valueOf(draft.primary))
                    .filter(primary -> seen.members().primaryServes(primary.name()))
                    .ifPresent(primary -> {
                        actions.add(
                                Action.DetachMember.of(owner, primary.names().pod()));
                        actions.addAll(Deletions.of(owner, rest.stream()));
                    });
            return actions;
        }
        if (!OwnInstancePlanner.isToBeRemoved(resource)) {
            return comeBack(draft, own, actions);
        }
        draft.conditions.set(
                OwnInstanceDraft.CONDITION,
                true,
                "Removed",
                "The database has no instance of its own, as spec.ownInstance says" + keeping(own)
                        + ". Set that to Running to have it made anew");
        return actions;
    }

    /** It may have acknowledged commits until its pod ended, and who is the primary since then may lack them. */
    private static void keepFromALaterPrimary(
            DatabaseStatusDraft draft, OwnInstanceDraft own, StandbyObservation standby) {
        var removal = own.removal;
        if (removal == null || removal.keptVolume() != null || Objects.equals(removal.epoch(), draft.epoch)) {
            return;
        }
        standby.instance()
                .volume()
                .ifPresent(claim -> own.removal =
                        new Removal(removal.at(), claim.getMetadata().getName(), removal.epoch()));
    }

    private static List<Action> comeBack(DatabaseStatusDraft draft, OwnInstanceDraft own, List<Action> actions) {
        own.returning();
        draft.own(own);
        var message = "The database's own instance is made anew, as generation " + own.generation();
        draft.conditions.set(OwnInstanceDraft.CONDITION, false, "OwnInstanceReturns", message);
        actions.add(new Action.PersistIntent());
        return actions;
    }

    private static void removing(DatabaseStatusDraft draft, OwnInstanceDraft own) {
        draft.own(own);
        draft.conditions.set(
                OwnInstanceDraft.CONDITION, false, "Removing", "The own instance is being removed" + keeping(own));
    }

    private static String keeping(OwnInstanceDraft own) {
        return own.removal == null || own.removal.keptVolume() == null
                ? ""
                : "; PersistentVolumeClaim " + own.removal.keptVolume()
                        + " may hold commits that the primary does not have: it is kept, and yours to delete";
    }

    private static List<Action> mark(Stream<PersistentVolumeClaim> claims, OwnInstanceDraft own) {
        return claims.filter(claim -> !KeptVolumes.isMarked(claim))
                .<Action>map(claim -> new Action.AnnotateVolume(own.owner(), claim, Labels.KEPT, "Removed"))
                .toList();
    }

    static boolean isKept(PersistentVolumeClaim claim, OwnInstanceDraft own) {
        return KeptVolumes.isKept(claim, own)
                || (own.removal != null && claim.getMetadata().getName().equals(own.removal.keptVolume()));
    }

    /** What only the instance needs. Authority, passwords, Services and clients' Secrets are the database's. */
    private static List<HasMetadata> rest(DatabaseObservation seen, OwnInstanceDraft own, StandbyObservation standby) {
        return Stream.of(
                        standby.volumes().filter(claim -> !isKept(claim, own)),
                        standby.snapshots(),
                        standby.instance().tls().stream(),
                        seen.ownConfigs().stream())
                .<HasMetadata>flatMap(object -> object)
                .toList();
    }
}
