package dev.pgfork.cli.resource;

import static org.assertj.core.api.Assertions.assertThat;

import dev.pgfork.cli.Yaml;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class GoalTest {

    private static final String AT = "2026-11-21T10:00:00Z";

    @ParameterizedTest
    @CsvSource(delimiter = '|', nullValues = "-", textBlock = """
            # observed | conditions                                                        | judgement
            1          | {type: Ready, status: 'True', reason: Ready}                      | Reached
            -          |                                                                   | Going Cutting -
            0          | {type: Ready, status: 'True', reason: Ready}                      | Going Cutting -
            0          | {type: Stalled, status: 'True', reason: Tablespaces}              | Going Cutting -
            1          | {type: Ready, status: 'False', reason: Cutting}                   | Going Cutting Cutting
            1          | {type: Available, status: 'False', reason: Expired}               | Failed Expired
            0          | {type: Available, status: 'False', reason: Suspended}             | Going Cutting -
            1          | {type: Ready, status: 'False', reason: X}, {type: Stalled, status: 'True', reason: Tablespaces} | Failed Tablespaces
            1          | {type: Ready, status: 'False', reason: X}, {type: Stalled, status: 'False', reason: Y}          | Going Cutting X
            """)
    void aResourceIsReadyOnceItsStatusSpeaksOfThisSpec(String observed, String conditions, String judgement) {
        var fork = read("""
                apiVersion: pgfork.dev/v1alpha1
                kind: PostgresFork
                metadata: {name: f, namespace: n, generation: 1}
                spec: {from: {name: shop}}
                status: {phase: Cutting, observedGeneration: %s, conditions: [%s]}
                """.formatted(observed == null ? "null" : observed, conditions == null ? "" : conditions));
        assertThat(text(new Goal.Ready().judge(fork))).isEqualTo(judgement);
    }

    @Test
    void whatIsBeingDeletedDoesNotGetReady() {
        var fork = read("""
                apiVersion: pgfork.dev/v1alpha1
                kind: PostgresFork
                metadata: {name: f, namespace: n, generation: 1, deletionTimestamp: "2026-11-21T10:00:00Z"}
                spec: {from: {name: shop}}
                status: {observedGeneration: 1, conditions: [{type: Ready, status: 'True', reason: Ready}]}
                """);
        assertThat(text(new Goal.Ready().judge(fork))).isEqualTo("Failed Deleting");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            {type: Ready, status: 'True', reason: Ready}                                                                   | Going Ready Unfollowing
            {type: Ready, status: 'True', reason: Ready}, {type: Unfollowed, status: 'False', reason: Rebuilding}          | Going Ready Rebuilding
            {type: Ready, status: 'False', reason: Unfollowing}, {type: Unfollowed, status: 'True', reason: Unfollowed}    | Going Ready Unfollowing
            {type: Ready, status: 'True', reason: Ready}, {type: Unfollowed, status: 'True', reason: Unfollowed}           | Reached
            """)
    void aFollowerIsUnfollowedOnceItServesAsWell(String conditions, String judgement) {
        var follower = read("""
                apiVersion: pgfork.dev/v1alpha1
                kind: PostgresFollower
                metadata: {name: f, namespace: n, generation: 2}
                spec: {follows: {name: shop}, unfollow: true}
                status: {phase: Ready, observedGeneration: 2, conditions: [%s]}
                """.formatted(conditions));
        assertThat(text(new Goal.Unfollowed().judge(follower))).isEqualTo(judgement);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            null                                                                                      | Going Ready -
            {at: '2026-11-21T09:00:00Z', to: r, outcome: Refused, reason: TargetLags, message: m}     | Going Ready -
            {at: '2026-11-21T10:00:00Z', to: r, reason: TargetNotReady, message: m}                   | Going Ready TargetNotReady
            {at: '2026-11-21T10:00:00Z', to: r, outcome: Done, reason: Promoted, message: m}          | Reached
            {at: '2026-11-21T10:00:00Z', to: r, outcome: Refused, reason: TargetLags, message: m}     | Failed TargetLags
            {at: '2026-11-21T10:00:00Z', to: r, outcome: Aborted, reason: FenceFailed, message: m}    | Failed FenceFailed
            """)
    void aPromotionEndsWithTheOutcomeOfItsTime(String promotion, String judgement) {
        var database = read("""
                apiVersion: pgfork.dev/v1alpha1
                kind: PostgresDatabase
                metadata: {name: shop, namespace: n, generation: 2}
                spec: {storage: {size: 1Gi}}
                status: {phase: Ready, observedGeneration: 2, promotion: %s}
                """.formatted(promotion));
        assertThat(text(new Goal.Promoted(AT).judge(database))).isEqualTo(judgement);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            2 | {type: Available, status: 'False', reason: Suspended} | Reached
            1 | {type: Available, status: 'False', reason: Suspended} | Going Ready -
            2 | {type: Ready, status: 'True', reason: Ready}          | Going Ready -
            2 | {type: Ready, status: 'False', reason: Suspending}    | Going Ready Suspending
            2 | {type: Available, status: 'False', reason: Expired}   | Failed Expired
            """)
    void aForkIsSuspendedOnceItHasNoPod(String observed, String conditions, String judgement) {
        var fork = read("""
                apiVersion: pgfork.dev/v1alpha1
                kind: PostgresFork
                metadata: {name: f, namespace: n, generation: 2}
                spec: {from: {name: shop}, suspend: true}
                status: {phase: Ready, observedGeneration: %s, conditions: [%s]}
                """.formatted(observed, conditions));
        assertThat(text(new Goal.Suspended().judge(fork))).isEqualTo(judgement);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            null                                                                      | null                                   | Going Ready -
            {at: '2026-11-21T09:00:00Z', outcome: Refused, reason: Gone}              | null                                   | Going Ready -
            {at: '2026-11-21T10:00:00Z'}                                              | {}                                     | Going Cutting Resetting
            {at: '2026-11-21T10:00:00Z'}                                              | {source: {cutTime: t}}                 | Going Starting Resetting
            {at: '2026-11-21T10:00:00Z'}                                              | {source: {cutTime: t}, timings: {started: 2.0}} | Going Quarantine Resetting
            {at: '2026-11-21T10:00:00Z', outcome: Done, reason: Reset, message: m}    | null                                   | Reached
            {at: '2026-11-21T10:00:00Z', outcome: Refused, reason: HasFollowers}      | null                                   | Failed HasFollowers
            {at: '2026-11-21T10:00:00Z', outcome: Aborted, reason: QuarantineFailed}  | null                                   | Failed QuarantineFailed
            """)
    void aResetEndsWithTheOutcomeOfItsTime(String reset, String next, String judgement) {
        var fork = read("""
                apiVersion: pgfork.dev/v1alpha1
                kind: PostgresFork
                metadata: {name: f, namespace: n, generation: 2}
                spec: {from: {name: shop}}
                status: {phase: Ready, observedGeneration: 2, reset: %s, next: %s, conditions: [{type: Ready, status: 'True'}]}
                """.formatted(reset, next));
        assertThat(text(new Goal.Reset(AT).judge(fork))).isEqualTo(judgement);
    }

    private static PgResource read(String yaml) {
        return PgResource.of(Yaml.read(yaml));
    }

    private static String text(Progress progress) {
        return switch (progress) {
            case Progress.Reached reached -> "Reached";
            case Progress.Going going ->
                "Going %s %s".formatted(going.phase(), going.reason().isEmpty() ? "-" : going.reason());
            case Progress.Failed failed -> "Failed " + failed.reason();
        };
    }
}
