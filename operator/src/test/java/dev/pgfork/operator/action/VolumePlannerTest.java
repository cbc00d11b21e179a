package dev.pgfork.operator.action;

import static org.assertj.core.api.Assertions.assertThat;

import dev.pgfork.operator.instance.Growth;
import dev.pgfork.operator.instance.InstanceObservation;
import dev.pgfork.operator.instance.InstanceResources;
import dev.pgfork.operator.instance.InstanceTemplate;
import dev.pgfork.operator.instance.ScriptStatus;
import dev.pgfork.operator.instance.Templates;
import dev.pgfork.operator.instance.Trial;
import dev.pgfork.operator.kube.Looked;
import dev.pgfork.operator.postgres.DiskSpace;
import dev.pgfork.operator.postgres.ServerReport;
import dev.pgfork.operator.status.Conditions;
import io.fabric8.kubernetes.api.model.Condition;
import io.fabric8.kubernetes.api.model.PersistentVolumeClaim;
import io.fabric8.kubernetes.api.model.PersistentVolumeClaimBuilder;
import io.fabric8.kubernetes.api.model.PersistentVolumeClaimConditionBuilder;
import io.fabric8.kubernetes.api.model.Quantity;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The table of {@link VolumePlanner}: what is seen of a volume, what is said of it, and what is done. */
class VolumePlannerTest {
    private static final Instant NOW = Instant.parse("2026-11-21T10:00:00Z");
    private static final long GIB = 1L << 30;
    private static final InstanceTemplate SMALL = Templates.database();
    private static final InstanceTemplate LARGE = SMALL.withAtLeast(new Quantity("100Gi"));
    private static final Growth ALLOWED = new Growth(new Looked.Found<>(true), Optional.empty());

    private final Growth before = Growth.NONE;
    private List<Condition> conditions = List.of();

    @Test
    void saysNothingOfAVolumeThatWasNeverToGrow() {
        assertThat(plan(SMALL, volume("20Gi"), before)).isEmpty();
        assertThat(conditions).isEmpty();
    }

    @Test
    void letsTheClaimAskForMoreAndWaitsUntilItHasIt() {
        assertThat(plan(LARGE, volume("20Gi"), ALLOWED))
                .containsExactly(
                        new Action.PersistIntent(),
                        new Action.GrowVolume(LARGE.owner(), volume("20Gi"), new Quantity("100Gi")));
        expect("Resized", "False", "Resizing", "shop-g1 has 20Gi and is to have 100Gi");

        assertThat(plan(LARGE, asking("100Gi"), before)).isEmpty();
        expect("Resized", "False", "Resizing", "shop-g1 has 20Gi and is to have 100Gi");

        assertThat(plan(LARGE, volume("100Gi"), before)).isEmpty();
        expect("Resized", "True", "Resized", "shop-g1 has 100Gi");
    }

    /** Whether it serves has nothing to do with that, and each attempt is no news. */
    @Test
    void aRefusalIsNotedAndLeavesTheRestAsItWas() {
        var ready = new Conditions(List.of(), 1, NOW).ready("It serves").list();
        conditions = ready;
        var refusal = new ActionFailedException(
                new Action.GrowVolume(LARGE.owner(), volume("20Gi"), new Quantity("100Gi")),
                new IllegalStateException("exceeded quota"));
        var next = new Conditions(conditions, 1, NOW);
        FailureText.note(refusal, next);
        conditions = next.list();
        assertThat(conditions).containsAll(ready).hasSize(2);
        expect(
                "Resized",
                "False",
                "ResizeFailed",
                "cannot grow PersistentVolumeClaim shop-g1 to 100Gi: exceeded quota");

        assertThat(plan(LARGE, volume("20Gi"), ALLOWED)).hasSize(2);
        expect("Resized", "False", "ResizeFailed", "exceeded quota");
    }

    @Test
    void neverShrinks() {
        assertThat(plan(SMALL, volume("100Gi"), ALLOWED)).isEmpty();
        assertThat(conditions).isEmpty();
    }

    @Test
    void patchesNothingWhereTheClassDoesNotAllowIt() {
        assertThat(plan(LARGE, volume("20Gi"), new Growth(new Looked.Found<>(false), Optional.empty())))
                .isEmpty();
        expect("Resized", "False", "ClassDoesNotGrow", "StorageClass fast do not grow", "make a follower");
    }

    @Test
    void patchesNothingWhileTheClassCannotBeRead() {
        assertThat(plan(LARGE, volume("20Gi"), new Growth(new Looked.Unknown<>("forbidden"), Optional.empty())))
                .isEmpty();
        expect("Resized", "False", "ResizeFailed", "is not enlarged to 100Gi: forbidden");
    }

    /** During a changeover nothing but the changeover is looked at. */
    @Test
    void leavesEverythingAsItWasWhileNobodyHasLooked() {
        plan(LARGE, volume("20Gi"), ALLOWED);
        var said = conditions;
        assertThat(plan(LARGE, volume("20Gi"), Growth.NONE)).isEmpty();
        assertThat(conditions).isEqualTo(said);
    }

    @Test
    void waitsForAVolumeThatIsNotBoundYet() {
        var unbound = new PersistentVolumeClaimBuilder(volume("20Gi"))
                .withStatus(null)
                .build();
        assertThat(plan(LARGE, unbound, ALLOWED)).isEmpty();
        assertThat(conditions).isEmpty();
    }

    @Test
    void forgetsAVolumeThatIsGone() {
        plan(LARGE, volume("20Gi"), ALLOWED);
        assertThat(plan(LARGE, null, Growth.NONE)).isEmpty();
        assertThat(conditions).isEmpty();
    }

    @Test
    void saysWhatKubernetesSaysOfAFailure() {
        plan(
                LARGE,
                asking("100Gi"),
                new Growth(new Looked.Absent<>(), Optional.of("VolumeResizeFailed: no space in the pool")));
        expect(
                "Resized",
                "False",
                "ResizeFailed",
                "cannot be enlarged to 100Gi: VolumeResizeFailed: no space in the pool");

        plan(LARGE, asking("100Gi"), new Growth(new Looked.Absent<>(), Optional.of("ProvisioningFailed: long ago")));
        expect("Resized", "False", "Resizing", "is to have 100Gi");

        plan(LARGE, condition(asking("100Gi"), "NodeResizeError", "mkfs says no"), before);
        expect("Resized", "False", "ResizeFailed", "mkfs says no");

        var infeasible = new PersistentVolumeClaimBuilder(asking("100Gi"))
                .editStatus()
                .withAllocatedResourceStatuses(Map.of("storage", "ControllerResizeInfeasible"))
                .endStatus()
                .build();
        plan(LARGE, infeasible, before);
        expect("Resized", "False", "ResizeFailed", "ControllerResizeInfeasible");

        plan(LARGE, condition(asking("100Gi"), "FileSystemResizePending", ""), before);
        expect("Resized", "False", "Resizing", "its file system grows while a pod uses it");
    }

    @ParameterizedTest
    @CsvSource({
        "15, True, Enough",
        "18.1, False, AlmostFull",
        "19.9, False, AlmostFull",
        "19.99, False, Full",
    })
    void saysHowFullItIs(double usedGib, String status, String reason) {
        space(usedGib, null);
        expect("DiskSpace", status, reason, "PersistentVolumeClaim prod/shop-g1");
    }

    @Test
    void doesNotSayEnoughAgainBeforeItIsClearlyBetter() {
        space(18.1, null);
        space(17.9, null);
        expect(
                "DiskSpace",
                "False",
                "AlmostFull",
                "89 % of PersistentVolumeClaim prod/shop-g1 (20480 MiB) is used, 2150 MiB are left");
        space(17, null);
        expect("DiskSpace", "True", "Enough", "has free space");
        space(17.9, null);
        expect("DiskSpace", "True", "Enough", "has free space");
    }

    @Test
    void believesTheScriptThatTheServerHasEndedForWantOfSpace() {
        space(19.97, "DiskFull");
        expect("DiskSpace", "False", "Full", "the server comes back by itself");
    }

    @Test
    void anEventTellsOfEachChange() {
        space(15, null);
        assertThat(announced(List.of())).isEmpty();
        var enough = conditions;
        space(19, null);
        assertThat(announced(enough)).containsExactly("Warning DiskAlmostFull on PostgresDatabase");
        var almost = conditions;
        space(19.1, null);
        assertThat(announced(almost)).isEmpty();
        plan(LARGE, volume("20Gi"), ALLOWED);
        assertThat(announced(almost)).containsExactly("Normal Resizing on PostgresDatabase");
    }

    private List<String> announced(List<Condition> was) {
        var ready = new Conditions(List.of(), 1, NOW).ready("It serves").list();
        return ActionNames.of(new Plan<>(
                "", Announcements.of(SMALL.owner(), join(was, ready), join(conditions, ready)), Optional.empty()));
    }

    private static List<Condition> join(List<Condition> some, List<Condition> more) {
        return java.util.stream.Stream.concat(some.stream(), more.stream()).toList();
    }

    private void space(double usedGib, @Nullable String reason) {
        var disk = new DiskSpace(20 * GIB, (long) ((20 - usedGib) * GIB));
        var script = new ScriptStatus(
                reason == null ? ScriptStatus.Phase.running : ScriptStatus.Phase.failed,
                "primary",
                1,
                "",
                null,
                null,
                null,
                null,
                reason,
                null,
                null,
                null,
                null,
                null,
                null,
                null,
                0,
                null,
                disk,
                null,
                Map.of());
        plan(SMALL, volume("20Gi"), Growth.NONE, new Looked.Found<>(script));
    }

    private List<Action> plan(InstanceTemplate wanted, @Nullable PersistentVolumeClaim volume, Growth growth) {
        return plan(wanted, volume, growth, new Looked.Absent<>());
    }

    private List<Action> plan(
            InstanceTemplate wanted,
            @Nullable PersistentVolumeClaim volume,
            Growth growth,
            Looked<ScriptStatus> script) {
        var next = new Conditions(conditions, 1, NOW);
        VolumePlanner.keep(next);
        var actions = VolumePlanner.plan(wanted, seen(volume, growth, script), next);
        conditions = next.list();
        return actions;
    }

    private static InstanceObservation seen(
            @Nullable PersistentVolumeClaim volume, Growth growth, Looked<ScriptStatus> script) {
        return new InstanceObservation(
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                Optional.ofNullable(volume),
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                script,
                new Looked.Absent<ServerReport>(),
                growth,
                Trial.NONE,
                Optional.empty());
    }

    /** That has what it asks for. */
    private static PersistentVolumeClaim volume(String size) {
        var quantity = Map.of("storage", new Quantity(size));
        return new PersistentVolumeClaimBuilder(new InstanceResources(Templates.configuration()).volume(SMALL))
                .editSpec()
                .withStorageClassName("fast")
                .editResources()
                .withRequests(quantity)
                .endResources()
                .endSpec()
                .withNewStatus()
                .withPhase("Bound")
                .withCapacity(quantity)
                .endStatus()
                .build();
    }

    /** That has 20Gi. */
    private static PersistentVolumeClaim asking(String size) {
        return new PersistentVolumeClaimBuilder(volume(size))
                .editStatus()
                .withCapacity(Map.of("storage", new Quantity("20Gi")))
                .endStatus()
                .build();
    }

    private static PersistentVolumeClaim condition(PersistentVolumeClaim claim, String type, String message) {
        return new PersistentVolumeClaimBuilder(claim)
                .editStatus()
                .withConditions(new PersistentVolumeClaimConditionBuilder()
                        .withType(type)
                        .withStatus("True")
                        .withMessage(message)
                        .build())
                .endStatus()
                .build();
    }

    private void expect(String type, String status, String reason, String... parts) {
        var condition = Conditions.find(conditions, type).orElseThrow();
        assertThat(condition.getStatus()).isEqualTo(status);
        assertThat(condition.getReason()).isEqualTo(reason);
        assertThat(condition.getMessage()).contains(parts);
    }
}
