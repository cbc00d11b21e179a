package dev.pgfork.api.v1alpha1;

import io.fabric8.kubernetes.api.model.Condition;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What is known of a database.
 *
 * @param primary name of the instance that is the primary
 * @param forks number of forks that were made of this database and exist
 */
public record PostgresDatabaseStatus(
        @Nullable DatabasePhase phase,
        @Nullable List<Condition> conditions,
        @Nullable Long observedGeneration,
        @Nullable InstanceStatus instance,
        @Nullable BindingStatus binding,
        @Nullable String primary,
        @Nullable Long epoch,
        @Nullable Integer forks) {

    public static final PostgresDatabaseStatus EMPTY =
            new PostgresDatabaseStatus(null, null, null, null, null, null, null, null);
}
