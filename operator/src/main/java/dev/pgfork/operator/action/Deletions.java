package dev.pgfork.operator.action;

import dev.pgfork.operator.kube.Owner;
import io.fabric8.kubernetes.api.model.HasMetadata;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/** Deletes what is there and is not going already. */
public final class Deletions {
    private Deletions() {}

    /** One for each that remains, in that order. */
    public static List<Action> of(Owner owner, Stream<? extends HasMetadata> observed) {
        return observed.filter(Deletions::remains)
                .<Action>map(object -> new Action.Delete(owner, object))
                .toList();
    }

    /** None if there is nothing to delete. */
    public static List<Action> of(Owner owner, Optional<? extends HasMetadata> observed) {
        return of(owner, observed.stream());
    }

    /** Whether nobody has deleted it. */
    public static boolean remains(HasMetadata object) {
        return object.getMetadata().getDeletionTimestamp() == null;
    }
}
