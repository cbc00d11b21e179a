package dev.pgfork.operator.instance;

import dev.pgfork.api.v1alpha1.PodSettings;
import dev.pgfork.api.v1alpha1.ServiceSettings;
import dev.pgfork.api.v1alpha1.StorageSpec.AccessMode;
import dev.pgfork.operator.kube.Owner;
import dev.pgfork.operator.postgres.Lsn;
import io.fabric8.kubernetes.api.model.AffinityBuilder;
import io.fabric8.kubernetes.api.model.LocalObjectReference;
import io.fabric8.kubernetes.api.model.Quantity;
import io.fabric8.kubernetes.api.model.ResourceRequirements;
import io.fabric8.kubernetes.api.model.ResourceRequirementsBuilder;
import io.fabric8.kubernetes.api.model.TolerationBuilder;
import io.fabric8.kubernetes.api.model.TopologySpreadConstraintBuilder;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** Instances for tests: a plain database, and a fork that uses every setting there is. */
public final class Templates {
    public static final Owner SHOP =
            new Owner("pgfork.dev/v1alpha1", "PostgresDatabase", "prod", "shop", "0b0c5b5e-shop");
    public static final Owner SHOP_REPLICA =
            new Owner("pgfork.dev/v1alpha1", "PostgresFollower", "prod", "shop-replica", "51aa0c3d-follower");
    public static final Owner PR_42 =
            new Owner("pgfork.dev/v1alpha1", "PostgresFork", "prod", "pr-42", "9d1fa2c7-fork");

    private static final PodSettings NO_POD_SETTINGS =
            new PodSettings(null, null, null, null, null, null, null, null, null);

    private Templates() {}

    public static InstanceTemplate database() {
        return database(false);
    }

    public static InstanceTemplate database(boolean superuserAccess) {
        return new InstanceTemplate(
                SHOP,
                1,
                "postgres:17",
                new Quantity("20Gi"),
                null,
                null,
                AccessMode.ReadWriteOncePod,
                new ResourceRequirements(),
                Map.of(),
                NO_POD_SETTINGS,
                new ServiceSettings(null, null),
                new Seed.InitDb("C.UTF-8", List.of("pg_trgm", "hstore")),
                Role.PRIMARY,
                1,
                "app",
                "app",
                superuserAccess,
                Membership.independent(SHOP));
    }

    /** Of the plain database. */
    public static InstanceTemplate follower() {
        return follower(NO_POD_SETTINGS);
    }

    public static InstanceTemplate follower(PodSettings pod) {
        return new InstanceTemplate(
                SHOP_REPLICA,
                1,
                "postgres:17",
                new Quantity("20Gi"),
                null,
                null,
                AccessMode.ReadWriteOncePod,
                new ResourceRequirements(),
                Map.of(),
                pod,
                new ServiceSettings(null, null),
                new Seed.StandbySnapshot("shop-replica-g1-cut-1", "7550000000000000001", 1),
                Role.STANDBY,
                1,
                "app",
                "app",
                false,
                new Membership(SHOP, "shop", List.of()));
    }

    public static InstanceTemplate fork() {
        return fork(everyPodSetting());
    }

    public static InstanceTemplate fork(PodSettings pod) {
        return new InstanceTemplate(
                PR_42,
                2,
                "registry.example/postgres:17.6",
                new Quantity("50Gi"),
                "fast",
                "fast-snapshots",
                AccessMode.ReadWriteOnce,
                new ResourceRequirementsBuilder()
                        .addToRequests("cpu", new Quantity("500m"))
                        .addToRequests("memory", new Quantity("1Gi"))
                        .addToLimits("memory", new Quantity("1Gi"))
                        .build(),
                Map.of("work_mem", "8MB", "max_connections", "50"),
                pod,
                new ServiceSettings(ServiceSettings.Type.LoadBalancer, Map.of("example.com/internal", "true")),
                new Seed.Snapshot("pr-42-g2-cut-1", "7550000000000000001", Lsn.parse("0/1F2A3B8"), 3),
                Role.PRIMARY,
                4,
                "orders",
                "orders_owner",
                false,
                Membership.independent(PR_42));
    }

    public static PodSettings pod(
            Map<String, String> labels, Map<String, String> annotations, Map<String, String> nodeSelector) {
        return new PodSettings(labels, annotations, nodeSelector, null, null, null, null, null, null);
    }

    private static PodSettings everyPodSetting() {
        return new PodSettings(
                Map.of("team", "checkout", "pgfork.dev/generation", "99"),
                new TreeMap<>(Map.of("example.com/scrape", "true", "pgfork.dev/owner-uid", "forged")),
                Map.of("disk", "fast"),
                new AffinityBuilder()
                        .withNewNodeAffinity()
                        .addNewPreferredDuringSchedulingIgnoredDuringExecution()
                        .withWeight(1)
                        .withNewPreference()
                        .addNewMatchExpression()
                        .withKey("zone")
                        .withOperator("In")
                        .withValues("a")
                        .endMatchExpression()
                        .endPreference()
                        .endPreferredDuringSchedulingIgnoredDuringExecution()
                        .endNodeAffinity()
                        .build(),
                List.of(new TolerationBuilder()
                        .withKey("databases")
                        .withOperator("Exists")
                        .build()),
                List.of(new TopologySpreadConstraintBuilder()
                        .withMaxSkew(1)
                        .withTopologyKey("zone")
                        .withWhenUnsatisfiable("ScheduleAnyway")
                        .build()),
                "important",
                List.of(new LocalObjectReference("registry")),
                null);
    }

    /** A script that never changes, for golden files. */
    public static InstanceConfiguration configuration() {
        return configuration("echo instance\n");
    }

    public static InstanceConfiguration configuration(String script) {
        return new InstanceConfiguration(
                new InstanceScript(new TreeMap<>(Map.of("instance.sh", script, "hygiene.sql", "SELECT 1;\n"))));
    }
}
