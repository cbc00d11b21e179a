package dev.pgfork.operator.fork;

import static org.assertj.core.api.Assertions.assertThat;

import dev.pgfork.api.v1alpha1.PostgresFork;
import dev.pgfork.api.v1alpha1.PostgresForkSpec;
import dev.pgfork.api.v1alpha1.PostgresForkStatus;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Which forks come before one that is to be made, when there may be only so many. */
class ForkLimitTest {

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                // name | created | status | counts
                "older   | 08 | {}                                                                  | true",
                "younger | 10 | {}                                                                  | false",
                "a       | 09 | {}                                                                  | true",
                "z       | 09 | {}                                                                  | false",
                "ready   | 10 | {phase: Ready, source: {cutTime: '2026-01-01T00:00:00Z'}}           | true",
                "begun   | 10 | {phase: Cutting}                                                    | true",
                "expired | 08 | {phase: Expired, expiredAt: '2026-01-01T00:00:00Z', source: {cutTime: '2026-01-01T00:00:00Z'}} | false",
                "reset   | 08 | {phase: Resetting, expiredAt: '2026-01-01T00:00:00Z', next: {}}     | true",
                "refused | 08 | {phase: Refused, conditions: [{type: Ready, reason: NotAllowed}]}   | false",
                "queued  | 08 | {phase: Refused, conditions: [{type: Ready, reason: MaxForksReached}]} | true",
                "later   | 10 | {phase: Refused, conditions: [{type: Ready, reason: MaxForksReached}]} | false",
            })
    void whoHasDataOrIsOlderComesFirst(String name, String hour, String status, boolean counts) {
        var fork = fork("pr-42", "09", "{}", "");
        assertThat(ForkLimit.ahead(fork, List.of(fork, fork(name, hour, status, ""))))
                .isEqualTo(counts ? 1 : 0);
    }

    /** Both began before either could see the other. */
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "older   | 08 | {phase: Cutting}                                             | true",
                "younger | 10 | {phase: Cutting}                                             | false",
                "waiting | 08 | {phase: Pending}                                             | false",
                "cut     | 10 | {phase: Starting, source: {cutTime: '2026-01-01T00:00:00Z'}} | true",
                "again   | 10 | {expiredAt: '2026-01-01T00:00:00Z', next: {source: {cutTime: '2026-01-01T00:00:00Z'}}} | true",
            })
    void ofThoseThatAreBeingMadeTheOlderStays(String name, String hour, String status, boolean counts) {
        var fork = fork("pr-42", "09", "{phase: Cutting, source: {lsnBefore: 0/1}}", "");
        assertThat(ForkLimit.ahead(fork, List.of(fork, fork(name, hour, status, ""))))
                .isEqualTo(counts ? 1 : 0);
    }

    /** It may be one that the source does not consent to: as long as nobody has looked at it, that is not known. */
    @Test
    void whoIsElsewhereTakesNoPlaceUnseen() {
        var elsewhere = fork("older", "08", "{}", "");
        elsewhere.getMetadata().setNamespace("preview");
        elsewhere.setSpec(Serialization.unmarshal("from: {name: shop, namespace: prod}", PostgresForkSpec.class));
        assertThat(ForkLimit.ahead(fork("pr-42", "09", "{}", ""), List.of(elsewhere)))
                .isZero();
        elsewhere.setStatus(Serialization.unmarshal("phase: Pending", PostgresForkStatus.class));
        assertThat(ForkLimit.ahead(fork("pr-42", "09", "{}", ""), List.of(elsewhere)))
                .isOne();
    }

    @ParameterizedTest
    @CsvSource({"'', 1", "', deletionTimestamp: 2026-01-01T09:30:00Z', 0"})
    void whoIsDeletedMakesRoom(String deleted, int ahead) {
        var fork = fork("pr-42", "09", "{}", "");
        var other = fork("other", "08", "{phase: Ready, source: {cutTime: '2026-01-01T00:00:00Z'}}", deleted);
        assertThat(ForkLimit.ahead(fork, List.of(other))).isEqualTo(ahead);
    }

    private static PostgresFork fork(String name, String hour, String status, String meta) {
        return Serialization.unmarshal("""
                apiVersion: pgfork.dev/v1alpha1
                kind: PostgresFork
                metadata: {name: %1$s, namespace: prod, uid: uid-of-%1$s, creationTimestamp: "2026-01-01T%2$s:00:00Z"%4$s}
                spec: {from: {name: shop}}
                status: %3$s
                """.formatted(name, hour, status, meta), PostgresFork.class);
    }
}
