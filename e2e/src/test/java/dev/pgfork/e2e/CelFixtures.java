package dev.pgfork.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.params.provider.Arguments;

/** Resources that the API server takes, and what {@link CelRulesIT} changes in them. */
final class CelFixtures {
    static final String SHOP = """
            apiVersion: pgfork.dev/v1alpha1
            kind: PostgresDatabase
            metadata: {name: shop}
            spec:
              storage: {size: 1Gi}
              # No node has it: the test is about the API server only.
              pod: {nodeSelector: {pgfork.dev/e2e: nowhere}}
            """;

    static final String PR = """
            apiVersion: pgfork.dev/v1alpha1
            kind: PostgresFork
            metadata: {name: pr}
            spec:
              from: {name: not-there}
            """;

    static final String REPLICA = """
            apiVersion: pgfork.dev/v1alpha1
            kind: PostgresFollower
            metadata: {name: replica}
            spec:
              follows: {name: not-there}
              unfollow: true
            """;

    static final String PR_SIZED =
            PR.replace("name: pr}", "name: pr-sized}").replace("from:", "storage: {size: 2Gi}\n  from:");

    static final String REPLICA_SIZED = REPLICA.replace("name: replica}", "name: replica-sized}")
            .replace("unfollow:", "storage: {size: 2Gi}\n  unfollow:");

    static final String IDENTIFIER = "a lower case identifier";

    static final List<Arguments> INVALID = List.of(
            // All kinds
            invalid(SHOP, "name: shop", "name: " + "a".repeat(46), "at most 45 characters"),
            invalid(PR, "name: pr", "name: " + "a".repeat(46), "at most 45 characters"),
            invalid(SHOP, "name: shop", "name: 1shop", "start with a letter"),
            invalid(SHOP, "name: shop", "name: my.shop", "consist of lower case letters, digits and '-'"),
            invalid(SHOP, "name: shop", "name: shop-ro", "must not end in"),
            invalid(SHOP, "name: shop", "name: shop-instance", "must not end in"),
            invalid(SHOP, "name: shop", "name: shop-app", "must not end in"),
            invalid(SHOP, "name: shop", "name: shop-ca", "must not end in"),
            invalid(SHOP, "name: shop", "name: shop-tls", "must not end in"),
            invalid(SHOP, "name: shop", "name: shop-roles", "must not end in"),
            invalid(SHOP, "name: shop", "name: shop-superuser", "must not end in"),
            invalid(SHOP, "name: shop", "name: shop-g1", "must not end in"),
            invalid(PR, "name: pr", "name: pr-g12", "must not end in"),
            invalid(SHOP, "(?s)spec:.*", "", "spec is required"),
            invalid(PR, "(?s)spec:.*", "", "spec is required"),
            invalid(SHOP, "size: 1Gi", "size: 1Go", "size must be a positive quantity such as 20Gi"),
            invalid(SHOP, "size: 1Gi", "size: '0'", "size must be a positive quantity such as 20Gi"),
            invalid(SHOP, "size: 1Gi", "size: -1Gi", "size must be a positive quantity such as 20Gi"),
            invalid(SHOP, "size: 1Gi", "size: 1e2147483647", "size must be a positive quantity such as 20Gi"),
            invalid(SHOP, "size: 1Gi", "size: 8Ei", "size must be a positive quantity such as 20Gi"),
            invalid(SHOP, "pod:", "resources: {limits: {memory: 1e1.5}}\n  pod:", "spec.resources.limits.memory"),
            invalid(SHOP, "pod:", "resources: {limits: {memory: 1e400}}\n  pod:", "spec.resources.limits.memory"),
            invalid(PR, "from:", "storage: {size: big}\n  from:", "size must be a positive quantity such as 20Gi"),
            invalid(SHOP, "pod:", "resources: {limits: {memory: lots}}\n  pod:", "spec.resources.limits.memory"),
            invalid(PR, "from:", "resources: {requests: {cpu: ''}}\n  from:", "spec.resources.requests.cpu"),
            invalid(
                    SHOP,
                    "\\{nodeSelector",
                    "{topologySpreadConstraints: [{maxSkew: 99999999999}], nodeSelector",
                    "less than or equal to 2147483647"),
            // Databases
            invalid(SHOP, "\\{size: 1Gi\\}", "{}", "spec.storage.size is required"),
            invalid(
                    SHOP,
                    "pod:",
                    "promote: {to: shop, at: tomorrow}\n  pod:",
                    "spec.promote.at must be a time such as 2026-11-21T10:00:00Z"),
            invalid(
                    SHOP,
                    "pod:",
                    "promote: {to: shop, at: '1999-11-21T10:00:00Z'}\n  pod:",
                    "spec.promote.at must be a time that exists, after the year 2000"),
            invalid(SHOP, "pod:", "promote: {to: shop}\n  pod:", "spec.promote.at: Required value"),
            invalid(SHOP, "pod:", "promote: {at: '2026-11-21T10:00:00Z'}\n  pod:", "spec.promote.to: Required value"),
            invalid(SHOP, "storage:.*", "", "spec.storage: Required value"),
            invalid(SHOP, "pod:", "bootstrap: {database: My-App}\n  pod:", "database must be " + IDENTIFIER),
            invalid(SHOP, "pod:", "bootstrap: {database: template1}\n  pod:", "database must be " + IDENTIFIER),
            invalid(SHOP, "pod:", "bootstrap: {owner: App}\n  pod:", "owner must be " + IDENTIFIER),
            invalid(SHOP, "pod:", "bootstrap: {owner: pgfork}\n  pod:", "owner must be " + IDENTIFIER),
            invalid(SHOP, "pod:", "bootstrap: {owner: pg_monitor}\n  pod:", "owner must be " + IDENTIFIER),
            invalid(
                    SHOP,
                    "pod:",
                    "bootstrap: {extensions: ['x; drop table y']}\n  pod:",
                    "extensions must be names of extensions"),
            invalid(SHOP, "pod:", "bootstrap: {locale: \"C'\"}\n  pod:", "locale must be the name of a locale"),
            invalid(SHOP, "pod:", "deletionPolicy: Keep\n  pod:", "supported values: \"Delete\", \"Retain\""),
            invalid(
                    SHOP,
                    "size: 1Gi",
                    "size: 1Gi, accessMode: ReadWriteMany",
                    "supported values: \"ReadWriteOnce\", \"ReadWriteOncePod\""),
            invalid(SHOP, "pod:", "ttl: 3h\n  pod:", "unknown field \"spec.ttl\""),
            // Forks
            invalid(PR, "from:.*", "image: postgres:17", "spec.from: Required value"),
            invalid(PR, "name: not-there", "name: ''", "name must name the source"),
            invalid(PR, "from:", "checkpoint: Sometimes\n  from:", "supported values: \"Always\", \"Auto\", \"Never\""),
            invalid(PR, "\\{name: not-there", "{kind: Secret, name: x", "supported values: \"PostgresDatabase\""),
            invalid(PR, "from:", "ttl: 3d\n  from:", "spec.ttl must be a duration of 1s to 87600h"),
            invalid(PR, "from:", "ttl: ''\n  from:", "spec.ttl must be a duration of 1s to 87600h"),
            invalid(PR, "from:", "ttl: 0s\n  from:", "spec.ttl must be a duration of 1s to 87600h"),
            invalid(PR, "from:", "ttl: 87601h\n  from:", "spec.ttl must be a duration of 1s to 87600h"),
            invalid(PR, "from:", "suspend: 'yes'\n  from:", "spec.suspend"),
            invalid(PR, "\\{name: not-there", "{kind: PostgresFork, name: pr", "spec.from must name another resource"),
            invalid(PR, "from:", "resetAt: now\n  from:", "spec.resetAt must be a time such as 2026-11-21T10:00:00Z"),
            // No clock on Earth is that far from Greenwich, and Java reads no such time.
            invalid(
                    PR,
                    "from:",
                    "resetAt: '2026-11-21T10:00:00+23:59'\n  from:",
                    "spec.resetAt must be a time such as 2026-11-21T10:00:00Z"),
            invalid(
                    PR,
                    "from:",
                    "resetAt: '1999-11-21T10:00:00Z'\n  from:",
                    "spec.resetAt must be a time that exists, after the year 2000"),
            // Sanitize steps
            step("{name: a}", "exactly one of configMap and secret"),
            step("{name: a, configMap: {name: m, key: k}, secret: {name: m, key: k}}", "exactly one of configMap"),
            step("{configMap: {name: m, key: k}}", "name: Required value"),
            step("{name: A b, configMap: {name: m, key: k}}", "should match"),
            step("{name: a, configMap: {name: m}}", "key: Required value"),
            step("{name: a, database: \"a\\nb\", configMap: {name: m, key: k}}", "must not contain control characters"),
            step("{name: a, database: 'app ', configMap: {name: m, key: k}}", "nor begin or end with a blank"),
            step("{name: a, as: Root, configMap: {name: m, key: k}}", "supported values: \"Owner\", \"Superuser\""),
            step("{name: a, timeout: soon, configMap: {name: m, key: k}}", "should match"),
            step("{name: a, timeout: 25h, configMap: {name: m, key: k}}", "should match"),
            step(
                    "{name: a, configMap: {name: m, key: k}}, {name: a, secret: {name: m, key: k}}",
                    "the names of sanitize steps must differ"),
            invalid(
                    SHOP,
                    "pod:",
                    "forks: {sanitize: [{name: a, configMap: {name: m, key: k}}, {name: a, secret: {name: m, key: k}}]}\n"
                            + "  pod:",
                    "the names of sanitize steps must differ"),
            // Where forks may be made
            invalid(PR, "not-there", "not-there, namespace: A_b", "spec.from.namespace in body should match"),
            invalid(SHOP, "pod:", "forks: {maxForks: -1}\n  pod:", "greater than or equal to 0"),
            invalid(SHOP, "pod:", "forks: {namespaces: {from: None}}\n  pod:", "supported values: \"All\", \"Same\""),
            invalid(
                    SHOP,
                    "pod:",
                    "forks: {namespaces: {from: Selector}}\n  pod:",
                    "selector belongs to from: Selector, and only there"),
            invalid(
                    REPLICA,
                    "follows:",
                    "forks: {namespaces: {from: All, selector: {}}}\n  follows:",
                    "selector belongs to from: Selector, and only there"),
            invalid(SHOP, "pod:", "forks: {maskedCopy: {maxAge: soon}}\n  pod:", "maxAge in body should match"),
            invalid(
                    PR,
                    "from:",
                    "forks: {maskedCopy: {maxAge: 1h}}\n  from:",
                    "spec.forks.maskedCopy belongs to a PostgresDatabase"),
            invalid(
                    REPLICA,
                    "follows:",
                    "forks: {maskedCopy: {maxAge: 1h}}\n  follows:",
                    "spec.forks.maskedCopy belongs to a PostgresDatabase"),
            // Roles that a fork lets in
            invalid(PR, "from:", "access: {roles: [postgres]}\n  from:", "access.roles must be names of roles"),
            invalid(PR, "from:", "access: {roles: [pg_monitor]}\n  from:", "access.roles must be names of roles"),
            invalid(PR, "from:", "access: {roles: [pgfork_replication]}\n  from:", "access.roles must be names"),
            invalid(PR, "from:", "access: {roles: ['a; b']}\n  from:", "access.roles must be names of roles"),
            invalid(PR, "from:", "access: {roles: [ro, ro]}\n  from:", "the roles of access.roles must differ"),
            // What happens when a primary is lost
            invalid(SHOP, "pod:", "failover: {mode: Never}\n  pod:", "supported values: \"Automatic\", \"Manual\""),
            invalid(SHOP, "pod:", "failover: {after: soon}\n  pod:", "spec.failover.after"),
            invalid(SHOP, "pod:", "synchronous: {required: 0}\n  pod:", "greater than or equal to 1"),
            invalid(
                    SHOP,
                    "pod:",
                    "synchronous: {whenUnavailable: Panic}\n  pod:",
                    "supported values: \"Block\", \"Continue\""),
            invalid(SHOP, "pod:", "ownInstance: Gone\n  pod:", "supported values: \"Removed\", \"Running\""),
            // Followers
            invalid(REPLICA, "name: replica", "name: replica-ro", "must not end in"),
            invalid(REPLICA, "follows:.*", "image: postgres:17", "spec.follows: Required value"),
            invalid(REPLICA, "name: not-there", "name: ''", "name must name what is followed"),
            invalid(REPLICA, "name: not-there", "name: replica", "spec.follows must name another resource"),
            invalid(
                    REPLICA,
                    "follows:",
                    "maxLag: little\n  follows:",
                    "spec.maxLag must be a positive quantity such as 64Mi"),
            invalid(REPLICA, "follows:", "maxLag: 1e400\n  follows:", "spec.maxLag must be a positive quantity"),
            invalid(REPLICA, "follows:", "maxLag: '0'\n  follows:", "spec.maxLag must be a positive quantity"),
            invalid(
                    REPLICA,
                    "\\{name: not-there",
                    "{kind: Secret, name: x",
                    "supported values: \"PostgresDatabase\", \"PostgresFollower\", \"PostgresFork\""));

    static final List<Arguments> FORBIDDEN_CHANGES = List.of(
            changed(
                    SHOP,
                    "size: 1Gi",
                    "size: 1023Mi",
                    "spec.storage.size cannot be made smaller while spec.ownInstance is Running"),
            changed(
                    SHOP,
                    "size: 1Gi",
                    "size: 2Gi, storageClassName: x",
                    "of spec.storage only the size can be changed while spec.ownInstance is Running"),
            changed(
                    SHOP,
                    "size: 1Gi",
                    "size: 1Gi, accessMode: ReadWriteOnce",
                    "of spec.storage only the size can be changed while spec.ownInstance is Running"),
            changed(SHOP, "pod:", "bootstrap: {owner: boss}\n  pod:", "spec.bootstrap is used once"),
            changed(PR, "not-there", "elsewhere", "spec.from cannot be changed"),
            changed(PR, "not-there", "not-there, namespace: elsewhere", "spec.from cannot be changed"),
            changed(
                    PR,
                    "from:",
                    "storage: {storageClassName: x}\n  from:",
                    "of spec.storage only the size can be changed"),
            changed(PR_SIZED, "size: 2Gi", "size: 1Gi", "spec.storage.size cannot be made smaller or taken away"),
            changed(PR_SIZED, "storage:.*", "", "spec.storage.size cannot be made smaller or taken away"),
            changed(PR, "from:", "access: {roles: [ro]}\n  from:", "spec.access cannot be changed"),
            changed(REPLICA, "not-there", "elsewhere", "spec.follows cannot be changed: make another follower"),
            changed(
                    REPLICA,
                    "unfollow: true",
                    "unfollow: false",
                    "spec.unfollow cannot be taken back: the follower is a"
                            + " database of its own now. Make a new follower"),
            changed(REPLICA, "unfollow: true", "", "spec.unfollow cannot be taken back"),
            changed(
                    REPLICA,
                    "unfollow:",
                    "storage: {volumeSnapshotClassName: x}\n  unfollow:",
                    "of spec.storage only the size can be changed"),
            changed(
                    REPLICA_SIZED,
                    "size: 2Gi",
                    "size: 2047Mi",
                    "spec.storage.size cannot be made smaller or taken away"));

    static final List<Arguments> GROWTHS = List.of(
            Arguments.of(SHOP, "size: 1Gi", "size: 1025Mi"),
            Arguments.of(PR, "from:", "storage: {size: 2Gi}\n  from:"),
            Arguments.of(PR_SIZED, "size: 2Gi", "size: 2048Mi"),
            Arguments.of(REPLICA, "unfollow:", "storage: {size: 2Gi}\n  unfollow:"),
            Arguments.of(REPLICA_SIZED, "size: 2Gi", "size: 1Ti"));

    static final List<Arguments> CHANGES_OF_A_REMOVED_INSTANCE = List.of(
            Arguments.of("size: 1Gi", "size: 512Mi"),
            Arguments.of("size: 1Gi", "size: 1Gi, storageClassName: x, volumeSnapshotClassName: y"));

    static final List<Arguments> ALLOWED_CHANGES = List.of(
            Arguments.of(SHOP, "pod:", "parameters: {work_mem: 8MB}\n  pod:"),
            Arguments.of(SHOP, "pod:", "service: {type: NodePort}\n  pod:"),
            Arguments.of(SHOP, "pod:", "image: postgres:17.6\n  pod:"),
            Arguments.of(SHOP, "pod:", "resources: {limits: {cpu: 1}}\n  pod:"),
            Arguments.of(SHOP, "nowhere", "elsewhere"),
            Arguments.of(SHOP, "pod:.*", ""),
            Arguments.of(PR, "from:", "parameters: {work_mem: 8MB}\n  from:"),
            Arguments.of(PR, "from:", "service: {type: NodePort}\n  from:"),
            Arguments.of(PR, "from:", "image: postgres:17.6\n  from:"),
            Arguments.of(PR, "from:", "resources: {limits: {cpu: 1}}\n  from:"),
            Arguments.of(PR, "from:", "pod: {labels: {a: b}}\n  from:"),
            Arguments.of(REPLICA, "unfollow:", "parameters: {work_mem: 8MB}\n  unfollow:"),
            Arguments.of(REPLICA, "unfollow:", "service: {type: NodePort}\n  unfollow:"),
            Arguments.of(REPLICA, "unfollow:", "image: postgres:17.6\n  unfollow:"),
            Arguments.of(REPLICA, "unfollow:", "resources: {limits: {cpu: 1}}\n  unfollow:"),
            Arguments.of(REPLICA, "unfollow:", "pod: {labels: {a: b}}\n  unfollow:"));

    /** A resource in which a part was replaced, and what the API server's message must contain. */
    private static Arguments invalid(String valid, String part, String replacement, String complaint) {
        var broken = valid.replaceFirst(part, replacement);
        assertThat(broken).isNotEqualTo(valid);
        return Arguments.of(broken, complaint);
    }

    private static Arguments step(String steps, String complaint) {
        return Arguments.of(PR.replace("from:", "sanitize: [" + steps + "]\n  from:"), complaint);
    }

    private static Arguments changed(String valid, String part, String replacement, String complaint) {
        return invalid(valid, part, replacement, complaint);
    }

    private CelFixtures() {}
}
