package dev.pgfork.operator.action;

import dev.pgfork.api.v1alpha1.PostgresDatabase;
import dev.pgfork.api.v1alpha1.PostgresFork;
import dev.pgfork.operator.instance.ClaimSize;
import dev.pgfork.operator.instance.InstanceObservation;
import dev.pgfork.operator.instance.InstanceTemplate;
import dev.pgfork.operator.instance.ScriptStatus;
import dev.pgfork.operator.kube.Looked;
import dev.pgfork.operator.kube.Owner;
import dev.pgfork.operator.postgres.DiskSpace;
import dev.pgfork.operator.postgres.ServerReport;
import dev.pgfork.operator.status.Conditions;
import io.fabric8.kubernetes.api.model.PersistentVolumeClaim;
import io.fabric8.kubernetes.api.model.PersistentVolumeClaimCondition;
import io.fabric8.kubernetes.api.model.Quantity;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;

/**
 * Lets an instance's volume grow with {@code storage.size}, and says when it is getting full. Neither decides whether
 * the resource is Ready.
 *
 * <table>
 * <caption>Condition Resized, first match wins; there is none until a volume is to grow</caption>
 * <tr><th>seen</th><th>reason</th><th>done</th></tr>
 * <tr><td>no volume</td><td>none</td><td></td></tr>
 * <tr><td>not bound, or not looked at</td><td>as it was</td><td></td></tr>
 * <tr><td>the claim asks for less than is wanted, and its class cannot be read</td><td>ResizeFailed</td><td></td></tr>
 * <tr><td>the same, and its class lets no volume grow</td><td>ClassDoesNotGrow</td><td></td></tr>
 * <tr><td>the claim asks for less than is wanted</td><td>Resizing, or still
 * ResizeFailed</td><td>it asks for more</td></tr>
 * <tr><td>the API server did not allow that</td><td>ResizeFailed</td><td>tried again</td></tr>
 * <tr><td>the volume is smaller than its claim, and Kubernetes has failed to enlarge it</td><td>ResizeFailed</td>
 * <td></td></tr>
 * <tr><td>the volume is smaller than its claim</td><td>Resizing</td><td></td></tr>
 * <tr><td>anything else</td><td>Resized</td><td></td></tr>
 * </table>
 *
 * DiskSpace is as {@link DiskSpace.Level} says, and as it was while nobody knows.
 */
public final class VolumePlanner {
    static final String RESIZED = "Resized";
    static final String DISK_SPACE = "DiskSpace";

    /** Reasons of the script that are about space, whatever it has measured. */
    private static final String DISK_FULL = "DiskFull";

    private static final Set<String> FAILURES = Set.of("ControllerResizeError", "NodeResizeError");
    private static final Set<String> FAILURE_EVENTS = Set.of("VolumeResizeFailed", "FileSystemResizeFailed");
    private static final String WAITS_FOR_POD = "FileSystemResizePending";

    private final Owner owner;
    private final Conditions conditions;

    private VolumePlanner(Owner owner, Conditions conditions) {
        this.owner = owner;
        this.conditions = conditions;
    }

    /** Leaves what was said of the volume as it was, until something else is known. */
    public static void keep(Conditions conditions) {
        conditions.keep(RESIZED, DISK_SPACE);
    }

    /**
     * The API server did not take {@link Action.GrowVolume}, because of a ResourceQuota for instance: all else is as it
     * was.
     *
     * @return false: it was another action that failed
     */
    public static boolean refused(Conditions conditions, Exception failure) {
        if (!(FailureText.told(failure) instanceof ActionFailedException failed)
                || !(failed.action() instanceof Action.GrowVolume)) {
            return false;
        }
        conditions.keepAll();
        conditions.set(RESIZED, false, "ResizeFailed", FailureText.message(failure));
        return true;
    }

    /** @param wanted with the size that the volume is to have */
    public static List<Action> plan(InstanceTemplate wanted, InstanceObservation seen, Conditions conditions) {
        if (seen.volume().isEmpty()) {
            conditions.drop(RESIZED, DISK_SPACE);
            return List.of();
        }
        var planner = new VolumePlanner(wanted.owner(), conditions);
        var volume = seen.volume().get();
        planner.space(volume, seen);
        return ClaimSize.of(volume)
                .filter(size -> size.capacity().isPresent())
                .map(size -> planner.size(volume, size, wanted.storageSize(), seen))
                .orElse(List.of());
    }

    private List<Action> size(PersistentVolumeClaim volume, ClaimSize size, Quantity wanted, InstanceObservation seen) {
        if (size.asksForLessThan(wanted)) {
            return switch (seen.growth().allowed()) {
                case Looked.Absent<Boolean> absent -> List.of();
                case Looked.Unknown<Boolean>(String reason) -> {
                    resized("ResizeFailed", "%s is not enlarged to %s: %s".formatted(name(volume), wanted, reason));
                    yield List.of();
                }
                case Looked.Found<Boolean>(Boolean allowed) -> {
                    if (!allowed) {
                        resized("ClassDoesNotGrow", doesNotGrow(volume, size, wanted));
                        yield List.of();
                    }
                    if (!wasRefused()) {
                        resized(
                                "Resizing",
                                "%s has %s and is to have %s".formatted(name(volume), size.there(), wanted));
                    }
                    // Should it be refused, everything else of this plan holds.
                    yield List.of(new Action.PersistIntent(), new Action.GrowVolume(owner, volume, wanted));
                }
            };
        }
        if (size.isGrowing()) {
            growing(volume, size, seen.growth().warning());
        } else if (conditions.before(RESIZED).isPresent()) {
            conditions.set(RESIZED, true, "Resized", name(volume) + " has " + size.there());
        }
        return List.of();
    }

    /** It is tried again, and that is no news. */
    private boolean wasRefused() {
        return conditions
                .before(RESIZED)
                .filter(condition -> "ResizeFailed".equals(condition.getReason()))
                .isPresent();
    }

    private void growing(PersistentVolumeClaim volume, ClaimSize size, Optional<String> warning) {
        var failure =
                failure(volume).or(() -> warning.filter(text -> FAILURE_EVENTS.contains(text.replaceFirst(":.*", ""))));
        if (failure.isPresent()) {
            resized(
                    "ResizeFailed",
                    "%s has %s and cannot be enlarged to %s: %s. Kubernetes goes on trying; the storage's administrator knows more"
                            .formatted(name(volume), size.there(), size.requested(), failure.get()));
            return;
        }
        var pending = conditionsOf(volume).stream()
                .anyMatch(condition -> WAITS_FOR_POD.equals(condition.getType()) && isTrue(condition));
        resized(
                "Resizing",
                "%s has %s and is to have %s%s"
                        .formatted(
                                name(volume),
                                size.there(),
                                size.requested(),
                                pending ? "; its file system grows while a pod uses it" : ""));
    }

    private static Optional<String> failure(PersistentVolumeClaim volume) {
        var infeasible = Optional.ofNullable(volume.getStatus().getAllocatedResourceStatuses())
                .map(statuses -> statuses.get(ClaimSize.STORAGE))
                .filter(status -> status.endsWith("Infeasible"));
        return conditionsOf(volume).stream()
                .filter(condition -> FAILURES.contains(condition.getType()) && isTrue(condition))
                .map(condition -> Objects.requireNonNullElse(condition.getMessage(), condition.getType()))
                .findFirst()
                .or(() -> infeasible);
    }

    private static List<PersistentVolumeClaimCondition> conditionsOf(PersistentVolumeClaim volume) {
        return Objects.requireNonNullElse(volume.getStatus().getConditions(), List.of());
    }

    private static boolean isTrue(PersistentVolumeClaimCondition condition) {
        return "True".equals(condition.getStatus());
    }

    private String doesNotGrow(PersistentVolumeClaim volume, ClaimSize size, Quantity wanted) {
        var other = Map.of(
                PostgresDatabase.KIND, "make a follower of another class (storage.storageClassName) and promote it",
                PostgresFork.KIND, "make a fork of this one, of another class (storage.storageClassName)");
        return "%s has %s and is to have %s, but volumes of StorageClass %s do not grow (allowVolumeExpansion). Nothing was changed: %s, or let the class allow it"
                .formatted(
                        name(volume),
                        size.there(),
                        wanted,
                        Objects.requireNonNullElse(volume.getSpec().getStorageClassName(), "(none)"),
                        other.getOrDefault(
                                owner.kind(), "make another follower, of another class (storage.storageClassName)"));
    }

    private void resized(String reason, String message) {
        conditions.set(RESIZED, false, reason, message);
    }

    private void space(PersistentVolumeClaim volume, InstanceObservation seen) {
        var script = seen.script().found();
        var disk = script.flatMap(status -> Optional.ofNullable(status.disk()))
                .or(() -> seen.server().found().flatMap(ServerReport::disk));
        if (disk.isEmpty()) {
            return;
        }
        var wasShort = conditions
                .before(DISK_SPACE)
                .filter(condition -> !"True".equals(condition.getStatus()))
                .isPresent();
        var ended = script.map(ScriptStatus::reason).filter(DISK_FULL::equals).isPresent();
        var level = ended ? DiskSpace.Level.Full : disk.get().level(wasShort);
        var message = switch (level) {
            case Enough -> name(volume) + " has free space";
            case AlmostFull ->
                left(volume, disk.get()) + ". When it is full Postgres ends: raise storage.size, delete data, or drop"
                        + " replication slots that keep WAL";
            case Full ->
                left(volume, disk.get()) + ", which is not enough for Postgres to write WAL. Raise storage.size: the"
                        + " server comes back by itself";
        };
        conditions.set(DISK_SPACE, level == DiskSpace.Level.Enough, reason(level), message);
    }

    private static String reason(DiskSpace.Level level) {
        return switch (level) {
            case Enough -> "Enough";
            case AlmostFull -> "AlmostFull";
            case Full -> "Full";
        };
    }

    private static String left(PersistentVolumeClaim volume, DiskSpace disk) {
        return "%d %% of %s (%d MiB) is used, %d MiB are left"
                .formatted(disk.usedPercent(), name(volume), disk.mebibytes(), disk.freeMebibytes());
    }

    private static String name(PersistentVolumeClaim volume) {
        return "PersistentVolumeClaim " + volume.getMetadata().getNamespace() + "/"
                + volume.getMetadata().getName();
    }
}
