package dev.pgfork.operator.database;

import static org.assertj.core.api.Assertions.assertThat;

import dev.pgfork.api.v1alpha1.PostgresDatabase;
import dev.pgfork.api.v1alpha1.PostgresFork;
import dev.pgfork.operator.action.Action;
import dev.pgfork.operator.kube.Labels;
import dev.pgfork.operator.kube.MaskedCopyIdentity;
import dev.pgfork.operator.kube.Owner;
import dev.pgfork.operator.status.Conditions;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The table of {@link MaskedCopyPlanner}. */
class MaskedCopyPlannerTest {
    private static final Instant NOW = Instant.parse("2026-11-22T10:00:00Z");
    private static final String MASK = "{name: mask, configMap: {name: masks, key: k}}";
    private static final String PASSED =
            "sanitizedBy: [{name: mask, origin: Source, fork: shop-masked, location: 'ConfigMap prod/masks, key k'}]";
    private static final String USABLE = """
            phase: Suspended, suspended: {since: s, lsn: 0/3000000, timeline: 2}, timings: {ready: 3.0},
            conditions: [{type: Available, status: "False", reason: Suspended, message: rests}]""";

    private PostgresDatabase shop = shop("namespaces: {from: All}, sanitize: [%s]".formatted(MASK));
    private Conditions conditions = new Conditions(null, 1, NOW);

    private static PostgresDatabase shop(String rules) {
        return Serialization.unmarshal("""
                apiVersion: pgfork.dev/v1alpha1
                kind: PostgresDatabase
                metadata: {name: shop, namespace: prod, uid: uid-of-shop, generation: 4}
                spec: {storage: {size: 1Gi}, forks: {%s}}
                """.formatted(rules), PostgresDatabase.class);
    }

    /** As pgfork has made it. */
    private PostgresFork copy(String status) {
        var copy = MaskedCopyResources.fork(shop, null);
        copy.getMetadata().setUid("uid-of-copy");
        var read = Serialization.unmarshal("""
                apiVersion: pgfork.dev/v1alpha1
                kind: PostgresFork
                metadata: {name: any}
                spec: {from: {name: shop}}
                status: {%s}
                """.formatted(status), PostgresFork.class);
        copy.setStatus(read.getStatus());
        return copy;
    }

    private PostgresFork usable(String cutTime) {
        return copy("%s, %s, source: {cutTime: \"%s\"}".formatted(USABLE, PASSED, cutTime));
    }

    private PostgresFork told(PostgresFork copy, String at, int failures, long generation) {
        var spec = MaskedCopyResources.fork(shop, new MaskedCopyResources.Refresh(at, failures, generation));
        copy.setSpec(spec.getSpec());
        copy.getMetadata().setAnnotations(spec.getMetadata().getAnnotations());
        return copy;
    }

    private MaskedCopyPlanner.Decision plan(PostgresFork seen) {
        return plan(Optional.of(seen));
    }

    private MaskedCopyPlanner.Decision plan(Optional<PostgresFork> seen) {
        conditions = new Conditions(null, 1, NOW);
        return new MaskedCopyPlanner(true).plan(shop, conditions, seen, NOW);
    }

    private String condition() {
        return Conditions.find(conditions.list(), MaskedCopyPlanner.CONDITION)
                .map(found -> found.getStatus() + " " + found.getReason())
                .orElse("none");
    }

    private static PostgresFork applied(MaskedCopyPlanner.Decision decision) {
        assertThat(decision.actions()).singleElement().isInstanceOf(Action.Apply.class);
        return (PostgresFork) ((Action.Apply) decision.actions().getFirst()).object();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "namespaces: {from: All}, sanitize: [STEP]      | true",
                "namespaces: {from: Selector, selector: {}}, sanitize: [STEP] | true",
                "namespaces: {from: Same}, sanitize: [STEP]     | false",
                "sanitize: [STEP]                               | false",
                "namespaces: {from: All}, sanitize: []          | false",
                "namespaces: {from: All}                        | false"
            })
    void isWantedWhereUnmaskedDataCouldLeave(String rules, boolean wanted) {
        shop = shop(rules.replace("STEP", MASK));
        assertThat(plan(Optional.empty()).actions().isEmpty()).isNotEqualTo(wanted);
        assertThat(condition()).isEqualTo(wanted ? "False Making" : "none");
        assertThat(plan(usable("2026-11-22T09:00:00Z")).actions())
                .filteredOn(Action.Delete.class::isInstance)
                .hasSize(wanted ? 0 : 1);
    }

    @Test
    void isNotWantedWhereThereAreNoForksInOtherNamespaces() {
        assertThat(new MaskedCopyPlanner(false)
                        .plan(shop, conditions, Optional.empty(), NOW)
                        .actions())
                .isEmpty();
    }

    @Test
    void isAForkThatRestsAndGoesWithTheDatabase() {
        assertThat(plan(Optional.empty()).actions()).singleElement().isInstanceOf(Action.Create.class);
        var copy =
                (PostgresFork) ((Action.Create) plan(Optional.empty()).actions().getFirst()).object();
        assertThat(copy.getMetadata().getName()).isEqualTo("shop-masked");
        assertThat(copy.getSpec().suspend()).isTrue();
        assertThat(copy.getSpec().resetAt()).isNull();
        assertThat(copy.getSpec().from().name()).isEqualTo("shop");
        assertThat(copy.getMetadata().getLabels()).containsEntry(Labels.MANAGED_BY, Labels.MANAGED_BY_PGFORK);
        assertThat(MaskedCopyIdentity.isOf(Owner.of(shop), copy)).isTrue();
    }

    @Test
    void somebodyElsesForkIsNotTouched() {
        var foreign = usable("2026-11-01T00:00:00Z");
        foreign.getMetadata().setOwnerReferences(List.of());
        assertThat(plan(foreign).actions()).isEmpty();
        assertThat(condition()).isEqualTo("False NameTaken");
        var unlabelled = usable("2026-11-01T00:00:00Z");
        unlabelled.getMetadata().setLabels(Map.of());
        assertThat(plan(unlabelled).actions()).isEmpty();
        shop = shop("namespaces: {from: Same}");
        assertThat(plan(unlabelled).actions()).isEmpty();
        assertThat(plan(foreign).actions()).isEmpty();
    }

    @Test
    void anEarlierDatabasesCopyIsNotItsOwn() {
        var earlier = usable("2026-11-22T09:00:00Z");
        earlier.getMetadata().getOwnerReferences().getFirst().setUid("uid-of-an-earlier-shop");
        assertThat(plan(earlier).actions()).isEmpty();
        assertThat(condition()).isEqualTo("False NameTaken");
    }

    @Test
    void aDeletedDatabaseMakesNone() {
        shop.getMetadata().setDeletionTimestamp("2026-11-22T09:59:00Z");
        assertThat(plan(Optional.empty()).actions()).isEmpty();
    }

    @Test
    void aFreshOneIsLeftAloneUntilItHasTheAge() {
        var decision = plan(usable("2026-11-22T09:00:00Z"));
        assertThat(decision.actions()).isEmpty();
        assertThat(decision.wakeUp()).contains(Duration.ofHours(23).plusMillis(1));
        assertThat(condition()).isEqualTo("True Usable");
    }

    @Test
    void anOldOneIsMadeAgainAndMeanwhileUsed() {
        shop = shop("namespaces: {from: All}, maskedCopy: {maxAge: 90m}, sanitize: [%s]".formatted(MASK));
        var old = usable("2026-11-22T08:30:00Z");
        var again = applied(plan(old));
        assertThat(again.getSpec().resetAt()).isEqualTo("2026-11-22T10:00:00Z");
        assertThat(again.getSpec().suspend()).isTrue();
        assertThat(condition()).isEqualTo("True Usable");
        assertThat(plan(told(old, "2026-11-22T09:59:00Z", 0, 4)).actions())
                .as("it was told already")
                .isEmpty();
    }

    @Test
    void whatItHasNotPassedItIsMadeAgainFor() {
        shop = shop("namespaces: {from: All}, sanitize: [%s, %s]".formatted(MASK, MASK.replace("mask,", "audit,")));
        assertThat(applied(plan(usable("2026-11-22T09:59:00Z"))).getSpec().resetAt())
                .isEqualTo("2026-11-22T10:00:00Z");
        assertThat(condition()).isEqualTo("False StepsNotPassed");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "phase: Pending                                                                    | false",
                "phase: Quarantine, source: {cutTime: CUT}                                         | false",
                "phase: Quarantine, source: {cutTime: CUT}, conditions: [STALLED], sanitize: [NOTED]  | true",
                "phase: Quarantine, source: {cutTime: LATE}, conditions: [STALLED], sanitize: [NOTED] | false",
                "phase: Quarantine, source: {cutTime: LATE}, conditions: [STALLED], sanitize: [OTHER] | true",
                "phase: Quarantine, source: {cutTime: CUT}, conditions: [STALLED], sanitize: [OTHER]  | true",
                "phase: Ready, source: {cutTime: CUT}, timings: {ready: 3.0}, PASSED                | false",
                "phase: Suspended, source: {cutTime: CUT}, timings: {ready: 3.0}, suspended: {since: s}, PASSED | true",
                "phase: Suspended, source: {cutTime: CUT}, timings: {ready: 3.0}, suspended: {since: s, lsn: 0/1}, PASSED | false",
                "phase: Resetting, source: {cutTime: CUT}, timings: {ready: 3.0}, next: {cutAttempt: 1} | false",
                "phase: Unavailable, source: {cutTime: CUT}, timings: {ready: 3.0}, conditions: [LOST], PASSED | true",
                "phase: Expired                                                                    | true"
            })
    void isMadeAgainWhereWaitingDoesNotHelp(String status, boolean again) {
        var noted = "{step: {name: mask, configMap: {name: masks, key: k}, as: Owner, database: app}, origin: Source}";
        var stalled = "{type: Stalled, status: \"True\", reason: SanitizeFailed},"
                + " {type: Ready, status: \"False\", reason: SanitizeFailed}";
        var decision = plan(copy(status.replace("CUT", "\"2026-11-22T09:00:00Z\"")
                .replace("LATE", "\"2026-11-22T09:59:50Z\"")
                .replace("PASSED", PASSED)
                .replace("STALLED", stalled)
                .replace("LOST", "{type: Ready, status: \"False\", reason: VolumeLost}")
                .replace("NOTED", noted)
                .replace("OTHER", noted.replace("masks", "former"))));
        assertThat(!decision.actions().isEmpty()).isEqualTo(again);
    }

    @ParameterizedTest
    @CsvSource({
        // failures before, seconds since the last one, whether it is tried again
        "0, 14, false",
        "0, 15, true",
        "1, 29, false",
        "1, 30, true",
        "5, 479, false",
        "5, 480, true",
        "9, 599, false",
        "9, 600, true",
        "40, 600, true"
    })
    void whatFailsIsTriedAgainAfterEverLongerPauses(int failures, int seconds, boolean again) {
        var at = NOW.minusSeconds(seconds).toString();
        var failed = told(usable("2026-11-20T10:00:00Z"), at, failures, 4);
        failed.setStatus(copy("%s, %s, source: {cutTime: \"2026-11-20T10:00:00Z\"},".formatted(USABLE, PASSED)
                        + " reset: {at: \"%s\", outcome: Aborted, reason: SanitizeFailed, message: wrong}"
                                .formatted(at))
                .getStatus());
        var decision = plan(failed);
        assertThat(condition()).isEqualTo("True RefreshFailed");
        if (again) {
            assertThat(applied(decision).getMetadata().getAnnotations())
                    .containsEntry(Labels.FAILED_REFRESHES, Integer.toString(failures + 1));
        } else {
            assertThat(decision.actions()).isEmpty();
            assertThat(decision.wakeUp()).isNotEmpty();
        }
    }

    @Test
    void anotherSpecIsTriedAtOnce() {
        var at = NOW.minusSeconds(2).toString();
        var failed = told(usable("2026-11-20T10:00:00Z"), at, 9, 3);
        failed.setStatus(copy("%s, %s, source: {cutTime: \"2026-11-20T10:00:00Z\"},".formatted(USABLE, PASSED)
                        + " reset: {at: \"%s\", outcome: Refused}".formatted(at))
                .getStatus());
        assertThat(applied(plan(failed)).getMetadata().getAnnotations())
                .containsEntry(Labels.FAILED_REFRESHES, "0")
                .containsEntry(Labels.REFRESHED_FOR, "4");
    }

    @Test
    void saysWhyItCouldNotBeMadeAgain() {
        var failed = copy("%s, source: {cutTime: \"2026-11-22T09:00:00Z\"},".formatted(USABLE)
                + " reset: {at: \"2026-11-22T09:59:59Z\", outcome: Aborted, reason: SanitizeFailed, message: line 2}");
        plan(failed);
        assertThat(condition()).isEqualTo("False RefreshFailed");
        assertThat(conditions.list()).anyMatch(found -> found.getMessage().endsWith("line 2"));
    }

    @Test
    void aTimeThatWasHandledIsNotSaidAgain() {
        var copy = usable("2026-11-20T10:00:00Z");
        copy.setStatus(copy("%s, %s, source: {cutTime: \"2026-11-20T10:00:00Z\"},".formatted(USABLE, PASSED)
                        + " reset: {at: \"2026-11-22T10:00:00.500Z\", outcome: Done}")
                .getStatus());
        assertThat(applied(plan(copy)).getSpec().resetAt()).isEqualTo("2026-11-22T10:00:01.500Z");
    }

    @Test
    void isStoppedAgainIfSomebodyWakesIt() {
        var woken = told(usable("2026-11-22T09:00:00Z"), "2026-11-22T08:59:00Z", 2, 4);
        woken.setStatus(copy("%s, %s, source: {cutTime: \"2026-11-22T09:00:00Z\"},".formatted(USABLE, PASSED)
                        + " reset: {at: \"2026-11-22T08:59:00Z\", outcome: Done}")
                .getStatus());
        assertThat(plan(woken).actions()).isEmpty();
        var spec = woken.getSpec();
        woken.setSpec(new dev.pgfork.api.v1alpha1.PostgresForkSpec(
                null, null, null, null, null, null, spec.from(), null, null, false, spec.resetAt(), null, null, null));
        var again = applied(plan(woken));
        assertThat(again.getSpec().suspend()).isTrue();
        assertThat(again.getSpec().resetAt())
                .as("it is not made again for that")
                .isEqualTo(spec.resetAt());
    }
}
