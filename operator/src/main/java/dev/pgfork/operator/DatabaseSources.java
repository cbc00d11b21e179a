package dev.pgfork.operator;

import dev.pgfork.api.v1alpha1.ForkSource;
import dev.pgfork.api.v1alpha1.PostgresDatabase;
import dev.pgfork.api.v1alpha1.PostgresDatabaseStatus;
import dev.pgfork.operator.database.DatabaseResources;
import dev.pgfork.operator.fork.ForkSources;
import dev.pgfork.operator.fork.SourceInstance;
import dev.pgfork.operator.instance.Member;
import dev.pgfork.operator.instance.Members;
import dev.pgfork.operator.kube.ObjectReader;
import dev.pgfork.operator.kube.Owner;
import dev.pgfork.operator.status.Conditions;
import io.fabric8.kubernetes.api.model.Condition;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Shows databases to forks as sources; neither feature knows the other. */
final class DatabaseSources implements ForkSources {
    private final ObjectReader objects;
    private final Members members;

    DatabaseSources(ObjectReader objects) {
        this.objects = objects;
        this.members = new Members(objects);
    }

    @Override
    public Optional<SourceInstance> find(String namespace, ForkSource from) {
        return objects.get(PostgresDatabase.class, namespace, from.name())
                .filter(database -> database.getMetadata().getDeletionTimestamp() == null)
                .flatMap(this::source);
    }

    /** @return empty: the resource whose instance is the primary is gone */
    private Optional<SourceInstance> source(PostgresDatabase database) {
        var status = Objects.requireNonNullElse(database.getStatus(), PostgresDatabaseStatus.EMPTY);
        var primary = Objects.requireNonNullElse(
                status.primary(), database.getMetadata().getName());
        return members.of(Owner.of(database)).stream()
                .filter(member -> member.name().equals(primary))
                .findFirst()
                .map(member -> source(database, status.conditions(), member));
    }

    private static SourceInstance source(
            PostgresDatabase database, @Nullable List<Condition> conditions, Member primary) {
        return new SourceInstance(
                DatabaseResources.template(database),
                primary.owner(),
                primary.names(),
                Conditions.isTrue(conditions, Conditions.READY),
                Conditions.find(conditions, Conditions.READY)
                        .map(Condition::getMessage)
                        .orElse("it has just been made"));
    }
}
