package dev.pgfork.operator;

import dev.pgfork.api.v1alpha1.ForkSource;
import dev.pgfork.api.v1alpha1.PostgresDatabase;
import dev.pgfork.operator.database.DatabaseResources;
import dev.pgfork.operator.fork.ForkSources;
import dev.pgfork.operator.fork.SourceInstance;
import dev.pgfork.operator.kube.ObjectReader;
import dev.pgfork.operator.status.Conditions;
import io.fabric8.kubernetes.api.model.Condition;
import java.util.Optional;

/** Shows databases to forks as sources; neither feature knows the other. */
final class DatabaseSources implements ForkSources {
    private final ObjectReader objects;

    DatabaseSources(ObjectReader objects) {
        this.objects = objects;
    }

    @Override
    public Optional<SourceInstance> find(String namespace, ForkSource from) {
        return objects.get(PostgresDatabase.class, namespace, from.name())
                .filter(database -> database.getMetadata().getDeletionTimestamp() == null)
                .map(DatabaseSources::source);
    }

    private static SourceInstance source(PostgresDatabase database) {
        var conditions =
                database.getStatus() == null ? null : database.getStatus().conditions();
        return new SourceInstance(
                DatabaseResources.template(database),
                Conditions.isTrue(conditions, Conditions.READY),
                Conditions.find(conditions, Conditions.READY)
                        .map(Condition::getMessage)
                        .orElse("it has just been made"));
    }
}
