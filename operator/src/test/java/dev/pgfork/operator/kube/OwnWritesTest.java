package dev.pgfork.operator.kube;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.Secret;
import io.fabric8.kubernetes.api.model.SecretBuilder;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class OwnWritesTest {
    private final OwnWrites<Secret> writes = new OwnWrites<>();

    @Test
    void showsAWriteUntilTheCacheHasIt() {
        writes.remember(secret(7));

        assertThat(writes.newest("prod/a", Optional.empty())).contains(secret(7));
        assertThat(writes.newest("prod/a", Optional.of(secret(6)))).contains(secret(7));
        assertThat(writes.newest("prod/a", Optional.of(secret(8)))).contains(secret(8));
        assertThat(writes.newest("prod/b", Optional.empty())).isEmpty();
    }

    @Test
    void forgetsWhatWasHeardOf() {
        writes.remember(secret(7));

        writes.onUpdate(secret(5), secret(6));
        assertThat(writes.newest("prod/a", Optional.empty())).isPresent();

        writes.onDelete(secret(8), false);
        assertThat(writes.newest("prod/a", Optional.empty())).isEmpty();
    }

    @Test
    void addsToListsWhatTheyLack() {
        writes.remember(secret(7));

        assertThat(writes.merged(List.of(), any -> true)).containsExactly(secret(7));
        assertThat(writes.merged(List.of(secret(6)), any -> true)).containsExactly(secret(7));
        assertThat(writes.merged(List.of(), any -> false)).isEmpty();
    }

    private static Secret secret(int version) {
        return new SecretBuilder()
                .withNewMetadata()
                .withNamespace("prod")
                .withName("a")
                .withResourceVersion(Integer.toString(version))
                .endMetadata()
                .build();
    }
}
