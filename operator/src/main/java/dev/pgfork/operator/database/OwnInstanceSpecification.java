package dev.pgfork.operator.database;

import dev.pgfork.api.v1alpha1.EffectiveSettings;
import dev.pgfork.api.v1alpha1.InstanceSpec;
import dev.pgfork.api.v1alpha1.PostgresDatabase;
import dev.pgfork.api.v1alpha1.StorageSpec;
import dev.pgfork.operator.instance.InstanceTemplate;
import dev.pgfork.operator.standby.LeaderInstance;
import dev.pgfork.operator.standby.StandbyDraft;
import dev.pgfork.operator.standby.StandbySpec;
import dev.pgfork.operator.storage.SourceVolume;
import java.util.Map;
import java.util.Optional;

/** A standby as a PostgresDatabase wants its own instance to be: it inherits nothing, for the block is its own. */
record OwnInstanceSpecification(PostgresDatabase resource) implements StandbySpec {
    @Override
    public InstanceSpec block() {
        return resource.getSpec();
    }

    @Override
    public EffectiveSettings effective(LeaderInstance leader, Optional<SourceVolume> volume) {
        var own = DatabaseResources.template(resource);
        return new EffectiveSettings(
                own.image(),
                new StorageSpec(
                        own.storageSize().toString(),
                        own.storageClassName(),
                        own.volumeSnapshotClassName(),
                        own.accessMode()),
                own.resources(),
                own.parameters(),
                own.pod(),
                own.service(),
                own.database(),
                own.databaseOwner());
    }

    @Override
    public InstanceTemplate early(int generation, EffectiveSettings effective, LeaderInstance leader) {
        return DatabaseResources.template(resource, generation, DatabaseResources.NOT_COPIED_YET);
    }

    @Override
    public Optional<InstanceTemplate> recorded(StandbyDraft<?> draft, Optional<LeaderInstance> leader) {
        return draft.recordedSeed().map(seed -> DatabaseResources.template(resource, draft.generation(), seed));
    }

    @Override
    public Map<String, String> parameters(StandbyDraft<?> draft) {
        return DatabaseResources.wantedParameters(resource);
    }

    @Override
    public String leader() {
        return PostgresDatabase.KIND + " " + resource.getMetadata().getNamespace() + "/"
                + resource.getMetadata().getName();
    }

    /** Whether it may be promoted is decided when it is; until then a lag is no trouble. */
    @Override
    public long maxLag() {
        return Long.MAX_VALUE;
    }
}
