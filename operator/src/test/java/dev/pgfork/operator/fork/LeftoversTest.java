package dev.pgfork.operator.fork;

import static org.assertj.core.api.Assertions.assertThat;

import dev.pgfork.api.v1alpha1.PostgresFork;
import dev.pgfork.operator.kube.ObjectsInMemory;
import dev.pgfork.operator.kube.Owner;
import dev.pgfork.operator.storage.HandOver;
import dev.pgfork.operator.storage.Snapshots;
import io.fabric8.kubernetes.client.utils.Serialization;
import org.junit.jupiter.api.Test;

/** Somebody took the finalizer of a fork away, and it went before what it had elsewhere. */
class LeftoversTest {
    private final ObjectsInMemory objects = new ObjectsInMemory();

    private static PostgresFork fork(String uid) {
        return Serialization.unmarshal("""
                apiVersion: pgfork.dev/v1alpha1
                kind: PostgresFork
                metadata: {name: pr-42, namespace: preview, uid: %s}
                spec: {from: {name: shop, namespace: prod}}
                """.formatted(uid), PostgresFork.class);
    }

    private void left(Owner owner) {
        objects.cached(
                HandOver.content(owner, "content-of-" + owner.uid(), ForkFacts.HANDLE, "pr-42-g1-cut1"),
                HandOver.cut(owner, "prod", "cut-of-" + owner.uid(), "shop-g1", "snap"),
                Snapshots.snapshot(owner, "own-of-" + owner.uid(), "shop-g1", "snap"));
    }

    @Test
    void whatBelongsToNobodyAnyMoreGoes() {
        left(Owner.of(fork("gone")));
        new Leftovers(objects, objects).sweep();
        assertThat(objects.written)
                .as("what is in the fork's own namespace goes with it")
                .containsExactlyInAnyOrder("delete content-of-gone", "delete cut-of-gone");
    }

    /** The API server is asked: a cache may not have heard of a new fork. */
    @Test
    void whatBelongsToAForkStays() {
        left(Owner.of(fork("alive")));
        objects.stored(fork("alive"));
        new Leftovers(objects, objects).sweep();
        assertThat(objects.written).isEmpty();
    }

    @Test
    void anotherForkOfThatNameKeepsNothingOfIt() {
        left(Owner.of(fork("gone")));
        objects.stored(fork("made-again"));
        new Leftovers(objects, objects).sweep();
        assertThat(objects.written).hasSize(2);
    }
}
