package dev.pgfork.operator.fork;

import dev.pgfork.api.v1alpha1.ServiceSettings;
import dev.pgfork.api.v1alpha1.StorageSpec.AccessMode;
import dev.pgfork.operator.instance.InstanceTemplate;
import dev.pgfork.operator.instance.Member;
import dev.pgfork.operator.instance.Membership;
import dev.pgfork.operator.instance.Role;
import dev.pgfork.operator.instance.ScriptStatus;
import dev.pgfork.operator.instance.Seed;
import dev.pgfork.operator.instance.Templates;
import dev.pgfork.operator.kube.Labels;
import dev.pgfork.operator.kube.Owner;
import dev.pgfork.operator.postgres.ForkSafety;
import dev.pgfork.operator.storage.HandOver;
import io.fabric8.kubernetes.api.model.ObjectMeta;
import io.fabric8.kubernetes.api.model.ObjectMetaBuilder;
import io.fabric8.kubernetes.api.model.Quantity;
import io.fabric8.kubernetes.api.model.ResourceRequirements;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** What {@link ForkWorld} is made of. */
final class ForkFacts {
    static final HandOver.Handle HANDLE =
            new HandOver.Handle("btrfs.csi.pgfork.dev", "handle-of-the-cut", "snap", "Filesystem", "volume-of-shop");

    private ForkFacts() {}

    /** The database shop. */
    static InstanceTemplate source() {
        var owner = new Owner("pgfork.dev/v1alpha1", "PostgresDatabase", "prod", "shop", "uid-of-shop");
        return new InstanceTemplate(
                owner,
                1,
                "postgres:17",
                new Quantity("20Gi"),
                "fast",
                null,
                AccessMode.ReadWriteOncePod,
                new ResourceRequirements(),
                Map.of("max_connections", "200", "archive_mode", "on", "archive_command", "cp %p /archive/%f"),
                Templates.pod(Map.of("app", "shop"), Map.of("a", "b"), Map.of("disk", "ssd")),
                new ServiceSettings(ServiceSettings.Type.LoadBalancer, Map.of("dns", "shop.example.com")),
                new Seed.InitDb("C.UTF-8", List.of()),
                Role.PRIMARY,
                1,
                "app",
                "owner",
                true,
                Membership.independent(owner));
    }

    static ForkSafety standbySafety() {
        return new ForkSafety(
                Templates.SHOP_REPLICA.uid(), ForkWorld.IDENTIFIER, 1, true, true, true, "replica", false, List.of());
    }

    /** What the script says of an instance that has recovered on a new timeline. */
    static ScriptStatus script(ScriptStatus.Phase phase, String openedBy) {
        return new ScriptStatus(
                phase,
                "primary",
                1,
                openedBy,
                ForkWorld.IDENTIFIER,
                2,
                "0/3000100",
                null,
                null,
                null,
                null,
                null,
                ForkWorld.START.plusSeconds(2),
                ForkWorld.START.plusSeconds(3),
                null,
                null,
                0,
                null,
                null,
                null,
                Map.of());
    }

    static void renumber(ObjectMeta meta, int number) {
        meta.setName(meta.getName().replace("-g1", "-g" + number));
        meta.setLabels(Map.of(Labels.GENERATION, Integer.toString(number)));
    }

    static Member member(Owner owner, boolean isLeadersOwn, boolean isDeleting) {
        return new Member(owner, 1, isLeadersOwn, isDeleting, Optional.empty(), Optional.empty());
    }

    static ObjectMeta meta(String name) {
        return new ObjectMetaBuilder()
                .withName(name)
                .withNamespace("prod")
                .withUid("uid-of-" + name)
                .withCreationTimestamp(ForkWorld.START.toString())
                .build();
    }
}
