package dev.pgfork.operator;

import static dev.pgfork.operator.BadInput.database;

import java.util.List;
import java.util.stream.Stream;

/** PostgresDatabases that cannot be made, or not as they say. */
final class BadDatabases {
    private static final String INVALID = "InvalidParameters";

    private BadDatabases() {}

    static Stream<BadInput> all() {
        return Stream.of(parameters(), names(), commands(), others()).flatMap(List::stream);
    }

    private static List<BadInput> parameters() {
        return List.of(
                setting("owned", "{fsync: 'off'}", "fsync cannot be set", "always on"),
                setting("owned-in-capitals", "{FSYNC: 'off'}", "FSYNC cannot be set"),
                setting(
                        "owned-by-a-pattern",
                        "{ssl_cert_file: /tmp/x}",
                        "ssl_cert_file cannot be set: TLS is always on"),
                setting("owned-by-pgfork", "{pgfork.uid: mine}", "pgfork.uid", "for pgfork itself"),
                setting("owned-replication", "{synchronous_standby_names: '*'}", "which instance replicates"),
                setting("an-include", "{include: /etc/passwd}", "include cannot be set"),
                setting("misspelt", "{shred_buffers: 1GB}", "shred_buffers", "check its spelling"),
                setting("without-a-name", "{'': 'on'}", "is no setting"),
                setting("a-name-with-quotes", "{\"work_mem' = '8MB\": '1'}", "is no setting"),
                setting("a-name-with-a-newline", "{\"a\\nfsync\": 'off'}", "is no setting"),
                setting("a-name-with-two-dots", "{a.b.c: d}", "a.b.c", "is no setting"),
                setting("of-the-server-only", "{block_size: '8192'}", "block_size", "cannot be set"),
                setting("there-twice", "{work_mem: 8MB, WORK_MEM: 9MB}", "work_mem is there twice"),
                setting("a-newline", "{log_line_prefix: \"a\\nfsync = off\"}", "log_line_prefix must be one line"),
                setting("a-null-byte", "{app.secret: \"a\\0b\"}", "app.secret must be one line"),
                setting("out-of-range", "{max_connections: '0'}", "max_connections"),
                setting("far-out-of-range", "{max_connections: '99999999999999999999'}", "max_connections"),
                setting("no-number", "{max_connections: many}", "max_connections"),
                setting("no-value", "{work_mem: ''}", "work_mem"),
                setting("a-unit-of-kubernetes", "{shared_buffers: 8Mi}", "shared_buffers"),
                setting("no-such-choice", "{wal_level: logicl}", "wal_level"),
                setting("unforkable", "{wal_level: minimal}", "wal_level must be replica or logical"),
                setting("a-slot-without-limit", "{max_slot_wal_keep_size: '-1'}", "max_slot_wal_keep_size must have"),
                database(
                        "more-than-its-memory",
                        "parameters: {shared_buffers: 2GB}\nresources: {limits: {memory: 1Gi}}",
                        INVALID,
                        "shared_buffers must be less than the container's memory limit"),
                database(
                        "a-thousandth-of-a-byte",
                        "parameters: {shared_buffers: 128kB}\nresources: {limits: {memory: 1m}}",
                        INVALID,
                        "shared_buffers must be less"));
    }

    private static BadInput setting(String name, String parameters, String... words) {
        return database(name, "parameters: " + parameters, INVALID, words);
    }

    private static List<BadInput> names() {
        return List.of(
                inTheWay("a-users-service", "Service", "NAME"),
                inTheWay("a-users-readers", "Service", "NAME-ro"),
                inTheWay("a-users-claim", "Service", "NAME-instance"),
                inTheWay("a-users-app", "Secret", "NAME-app"),
                inTheWay("a-users-authority", "Secret", "NAME-ca"),
                inTheWay("a-users-certificate", "Secret", "NAME-tls"),
                inTheWay("a-users-roles", "Secret", "NAME-roles"),
                inTheWay("a-users-superuser", "Secret", "NAME-superuser"),
                inTheWay("a-users-set", "StatefulSet", "NAME-g1"),
                inTheWay("a-users-volume", "PersistentVolumeClaim", "NAME-g1"),
                database(
                        "resting", "", "NameTaken", "Service prod/resting-instance", "belongs to PostgresFork resting"),
                database("made-again", "", "VolumeExists", "PersistentVolumeClaim made-again-g1", "choose another name")
                        .beside("""
                                apiVersion: v1
                                kind: PersistentVolumeClaim
                                metadata:
                                  name: NAME-g1
                                  namespace: prod
                                  labels: {app.kubernetes.io/managed-by: pgfork, pgfork.dev/instance: NAME, pgfork.dev/generation: "1"}
                                  annotations: {pgfork.dev/database: NAME, pgfork.dev/owner-uid: an-earlier-one}
                                spec: {storageClassName: none-such}
                                """));
    }

    private static BadInput inTheWay(String name, String kind, String object) {
        var there = object.replace("NAME", name);
        return database(name, "", "NameTaken", kind + " prod/" + there + " is in the way")
                .beside(BadInputWorld.foreign(kind, object));
    }

    /** Of databases that serve. */
    private static List<BadInput> commands() {
        return List.of(
                promotion("promotes-a-fork", "{to: resting, at: '2020-01-01T00:00:00Z'}", "TargetIsFork", "resting"),
                promotion(
                                "promotes-itself",
                                "{to: NAME, at: '2020-01-01T00:00:00Z'}",
                                "AlreadyPrimary",
                                "promotes-itself")
                        .says("promotion", "Done"),
                waits("promotes-nobody", "{to: nobody, at: '2020-01-01T00:00:00Z'}", "nobody is not there"),
                waits("promotes-anothers", "{to: shop-replica, at: '2020-01-01T00:00:00Z'}", "shop-replica"),
                database("removes-its-primary", "ownInstance: Removed", "IsPrimary", "Promote a follower first")
                        .says("OwnInstance", "False")
                        .late());
    }

    private static BadInput promotion(String name, String promote, String reason, String... words) {
        return database(name, "promote: " + promote, reason, words)
                .says("promotion", "Refused")
                .late();
    }

    private static BadInput waits(String name, String promote, String... words) {
        return database(name, "promote: " + promote, "TargetNotReady", words)
                .says("changeover", "")
                .late();
    }

    private static List<BadInput> others() {
        return List.of(
                database("more-followers-than-there-are", "synchronous: {required: 100}", "CommitsBlocked", "100")
                        .says("Synchronous", "False")
                        .late(),
                database("no-room-for-a-copy", """
                        forks:
                          namespaces: {from: All}
                          sanitize: [{name: mask, configMap: {name: masks, key: mask.sql}}]
                        """, "NameTaken", "no-room-for-a-copy-masked")
                        .says("MaskedCopy", "False")
                        .late()
                        .beside(BadInput.FORK.replace("NAME", "NAME-masked")),
                database("no-such-class", "", "VolumeNotBound", "no-such-class-g1", "none-such")
                        .with("{size: 1Gi}", "{size: 1Gi, storageClassName: none-such}")
                        .late(),
                database("no-such-locale", "bootstrap: {locale: xx_YY}", "InitdbFailed", "initdb")
                        .late(),
                database("not-readable", "", "ApiRefused", "secrets \"not-readable-app\" is forbidden")
                        .says("Reconciling", "True"));
    }
}
