package dev.pgfork.operator.instance;

import io.fabric8.kubernetes.api.model.EnvVar;
import io.fabric8.kubernetes.api.model.EnvVarBuilder;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** What the script learns from the pod template; nothing of it is secret, as docs/instance-contract.md demands. */
final class InstanceEnvironment {
    private InstanceEnvironment() {}

    static List<EnvVar> of(InstanceTemplate template) {
        var values = new LinkedHashMap<String, String>();
        values.put("PGFORK_UID", template.owner().uid());
        values.put("PGFORK_NAME", template.owner().name());
        values.put("PGFORK_GENERATION", Integer.toString(template.generation()));
        values.put("PGFORK_ROLE", template.role().text());
        values.put("PGFORK_EPOCH", Long.toString(template.epoch()));
        values.put("PGFORK_DATABASE", template.database());
        values.put("PGFORK_OWNER", template.databaseOwner());
        values.put("PGFORK_SLOT", ReplicationNames.slot(template.owner()));
        var leader = template.membership().leader();
        if (leader != null) {
            var service = new InstanceNames(leader, 1).claimService();
            values.put(
                    "PGFORK_LEADER",
                    InstanceNames.host(service, template.owner().namespace()));
        }
        values.putAll(seed(template.seed()));
        return values.entrySet().stream()
                .map(entry -> new EnvVarBuilder()
                        .withName(entry.getKey())
                        .withValue(entry.getValue())
                        .build())
                .toList();
    }

    private static Map<String, String> seed(Seed seed) {
        var values = new LinkedHashMap<String, String>();
        switch (seed) {
            case Seed.InitDb initDb -> {
                values.put("PGFORK_SEED", "initdb");
                values.put("PGFORK_LOCALE", initDb.locale());
                values.put("PGFORK_EXTENSIONS", String.join(",", initDb.extensions()));
            }
            case Seed.Snapshot snapshot -> {
                values.put("PGFORK_SEED", "snapshot");
                values.put("PGFORK_SYSTEM_IDENTIFIER", snapshot.systemIdentifier());
                values.put("PGFORK_CUT_LSN", snapshot.cut().toString());
                values.put("PGFORK_SOURCE_TIMELINE", Integer.toString(snapshot.sourceTimeline()));
                var steps = snapshot.sanitize().steps().size();
                if (steps > 0) {
                    values.put("PGFORK_SANITIZE", Integer.toString(steps));
                    values.put(
                            "PGFORK_SANITIZE_SOURCE",
                            Long.toString(snapshot.sanitize().ofSource()));
                }
            }
            case Seed.StandbySnapshot snapshot -> {
                values.put("PGFORK_SEED", "snapshot");
                values.put("PGFORK_SYSTEM_IDENTIFIER", snapshot.systemIdentifier());
                values.put("PGFORK_SOURCE_TIMELINE", Integer.toString(snapshot.sourceTimeline()));
            }
            case Seed.BaseBackup backup -> {
                values.put("PGFORK_SEED", "basebackup");
                values.put("PGFORK_SYSTEM_IDENTIFIER", backup.systemIdentifier());
                values.put("PGFORK_SOURCE_TIMELINE", Integer.toString(backup.sourceTimeline()));
            }
        }
        return values;
    }
}
