package dev.pgfork.operator;

import static org.assertj.core.api.Assertions.assertThat;

import dev.pgfork.api.v1alpha1.PostgresDatabase;
import dev.pgfork.api.v1alpha1.PostgresFollower;
import dev.pgfork.operator.fork.ForkConsent;
import dev.pgfork.operator.instance.Members;
import dev.pgfork.operator.kube.ObjectsInMemory;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What a follower's leader demands is demanded of the follower's forks, and cannot be got rid of by way of it. */
class SourceConsentTest {
    private static final String UNFOLLOWED = "unfollowed: {epoch: 2}, ";
    private static final String OF_SHOP = "leader: {kind: PostgresDatabase, name: shop, uid: uid-of-shop}, ";

    private final ObjectsInMemory objects = new ObjectsInMemory();

    private ForkConsent consent(PostgresFollower follower) {
        return new SourceConsent(objects, new Members(objects)).of(follower);
    }

    private boolean allowsAnywhere(PostgresFollower follower) {
        return consent(follower).allows("preview", Map.of());
    }

    private void shop(String uid, String from) {
        objects.cached(Serialization.unmarshal("""
                        apiVersion: pgfork.dev/v1alpha1
                        kind: PostgresDatabase
                        metadata: {name: shop, namespace: prod, uid: %s}
                        spec: {storage: {size: 1Gi}, forks: {namespaces: {from: %s}, maxForks: 3}}
                        """.formatted(uid, from), PostgresDatabase.class));
    }

    private PostgresFollower follower(String name, String follows, String status) {
        var follower = Serialization.unmarshal("""
                        apiVersion: pgfork.dev/v1alpha1
                        kind: PostgresFollower
                        metadata: {name: %s, namespace: prod, uid: uid-of-%1$s}
                        spec: {follows: %s, forks: {namespaces: {from: All}}}
                        status: {%s}
                        """.formatted(name, follows, status), PostgresFollower.class);
        objects.cached(follower);
        return follower;
    }

    @ParameterizedTest
    @CsvSource({"All, true", "Same, false"})
    void whatTheLeaderDemandsHolds(String from, boolean allowed) {
        shop("uid-of-shop", from);
        assertThat(allowsAnywhere(follower("replica", "{name: shop}", OF_SHOP))).isEqualTo(allowed);
        assertThat(allowsAnywhere(follower("left", "{name: shop}", OF_SHOP + UNFOLLOWED)))
                .isEqualTo(allowed);
        assertThat(consent(follower("left", "{name: shop}", OF_SHOP + UNFOLLOWED))
                        .maxForks())
                .hasValue(3);
    }

    @Test
    void withoutALeaderWhatWasNotedOfItHolds() {
        var noted = "forks: {namespaces: [{namespace: prod, from: %s}], maxForks: 2}";
        var closed = follower("closed", "{name: shop}", OF_SHOP + UNFOLLOWED + noted.formatted("Same"));
        assertThat(allowsAnywhere(closed)).isFalse();
        assertThat(consent(closed).maxForks()).hasValue(2);
        assertThat(allowsAnywhere(follower("open", "{name: shop}", OF_SHOP + UNFOLLOWED + noted.formatted("All"))))
                .isTrue();
    }

    @Test
    void whoseLeaderIsNotKnownIsForkedInItsOwnNamespaceOnly() {
        assertThat(allowsAnywhere(follower("lost", "{name: shop}", UNFOLLOWED))).isFalse();
        shop("uid-of-another", "All");
        assertThat(allowsAnywhere(follower("lost", "{name: shop}", UNFOLLOWED)))
                .as("whose name proves nothing")
                .isFalse();
        assertThat(allowsAnywhere(follower("replica", "{name: shop}", OF_SHOP + UNFOLLOWED)))
                .as("another database of that name")
                .isFalse();
    }

    @ParameterizedTest
    @CsvSource({"All, true", "Same, false"})
    void aFollowerOfAFollowerIsHeldToTheFirstLeader(String from, boolean allowed) {
        shop("uid-of-shop", from);
        follower("first", "{name: shop}", OF_SHOP + UNFOLLOWED);
        var second = follower(
                "second",
                "{kind: PostgresFollower, name: first}",
                "leader: {kind: PostgresFollower, name: first, uid: uid-of-first}");
        assertThat(allowsAnywhere(second)).isEqualTo(allowed);
    }
}
