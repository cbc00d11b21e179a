package dev.pgfork.operator;

import static dev.pgfork.operator.BadInput.fork;

import java.util.List;
import java.util.stream.Stream;

/** PostgresForks that cannot be made, or not as they say. */
final class BadForks {
    private static final String FROM = "{name: shop}";

    private BadForks() {}

    static Stream<BadInput> all() {
        return Stream.of(sources(), elsewhere(), itself(), steps(), commands()).flatMap(List::stream);
    }

    private static BadInput from(String name, String from, String reason, String... words) {
        return fork(name, "", reason, words).with(FROM, from);
    }

    private static List<BadInput> sources() {
        return List.of(
                from("of-nothing", "{name: nobody}", "SourceNotFound", "There is no PostgresDatabase prod/nobody"),
                from("of-another-kind", "{kind: PostgresFork, name: shop}", "SourceNotFound", "PostgresFork prod/shop"),
                from(
                        "of-no-follower",
                        "{kind: PostgresFollower, name: x}",
                        "SourceNotFound",
                        "PostgresFollower prod/x"),
                from("of-no-name", "{name: Not/A/Name}", "SourceNotFound", "prod/Not/A/Name"),
                from("of-what-is-refused", "{name: refused}", "SourceNotReady", "prod/refused", "fsync cannot be set"),
                from("of-what-is-broken", "{name: broken}", "SourceNotReady", "prod/broken", "initdb"),
                from("of-what-has-expired", "{kind: PostgresFork, name: expired}", "SourceExpired", "prod/expired"),
                from("of-an-unsafe-one", "{name: unsafe}", "FsyncOff", "prod/unsafe", "Turn fsync on"),
                from("one-too-many", "{name: capped}", "MaxForksReached", "PostgresDatabase prod/capped", "0 forks"),
                from("of-itself", "{kind: PostgresFork, name: NAME}", "SourceIsItself", "spec.from names this fork")
                        .with("name: NAME}", "name: of-itself, namespace: prod}"),
                from("round-a", "{kind: PostgresFork, name: round-b}", "SourceNotReady", "PostgresFork prod/round-b")
                        .beside(BadInput.FORK
                                .replace("NAME", "round-b")
                                .replace(FROM, "{kind: PostgresFork, name: round-a}")),
                from(
                                "of-a-chain",
                                "{kind: PostgresFollower, name: chained}",
                                "SourceNotReady",
                                "PostgresFollower prod/chained")
                        .beside(BadInput.FOLLOWER
                                .replace("NAME", "chained")
                                .replace(FROM, "{kind: PostgresFollower, name: shop-replica}")));
    }

    /** In the same words, whatever is there. */
    private static List<BadInput> elsewhere() {
        return List.of(
                from("of-no-namespace", "{name: shop, namespace: nowhere}", "NotAllowed", "nowhere/shop", "prod"),
                from("without-consent", "{name: private, namespace: elsewhere}", "NotAllowed", "elsewhere/private"),
                from("not-selected", "{name: choosy, namespace: elsewhere}", "NotAllowed", "elsewhere/choosy"),
                from("not-there", "{name: nobody, namespace: elsewhere}", "NotAllowed", "elsewhere/nobody"),
                from(
                        "of-an-odd-selector",
                        "{name: muddled, namespace: elsewhere}",
                        "NotAllowed",
                        "PostgresDatabase elsewhere/muddled"),
                from(
                        "not-masked-yet",
                        "{name: wary, namespace: elsewhere}",
                        "MaskedCopyNotReady",
                        "PostgresDatabase elsewhere/wary"));
    }

    private static List<BadInput> itself() {
        return List.of(
                fork("smaller", "storage: {size: 1023Mi}", "StorageSmaller", "1023Mi", "1Gi"),
                fork("a-byte", "storage: {size: '1'}", "StorageSmaller", "spec.storage.size 1 "),
                fork("less-than-a-byte", "storage: {size: 1m}", "StorageSmaller", "spec.storage.size 1m"),
                snapshotClass("none-such", "NoSnapshotClass", "There is no VolumeSnapshotClass none-such"),
                snapshotClass("others", "WrongSnapshotClassDriver", "other.example.com", "csi.example.com"),
                snapshotClass("retaining", "SnapshotClassRetains", "VolumeSnapshotClass retaining"),
                fork("archives", "parameters: {archive_command: cp}", "InvalidParameters", "never archives"),
                fork("sets-fsync", "parameters: {fsync: 'off'}", "InvalidParameters", "fsync cannot be set"),
                fork("sets-nothing", "parameters: {no_such: x}", "InvalidParameters", "no_such"),
                fork(
                        "too-little-memory",
                        "parameters: {shared_buffers: 1GB}\nresources: {limits: {memory: 512Mi}}",
                        "InvalidParameters",
                        "shared_buffers"),
                fork("made-as-copy", "", "NameTaken", "Secret prod/made-as-copy-app")
                        .beside(BadInputWorld.foreign("Secret", "NAME-app")),
                fork("shop", "", "NameTaken", "Service prod/shop-instance", "belongs to PostgresDatabase shop"),
                fork("no-class-for-a-copy", "", "VolumeNotBound", "no-class-for-a-copy-g1")
                        .with("from:", "storage: {storageClassName: none-such}\n  from:")
                        .late(),
                fork("lets-in-nobody", "access: {roles: [nobody]}", "AccessRoleMissing", "nobody")
                        .late());
    }

    private static BadInput snapshotClass(String name, String reason, String... words) {
        return fork("snapshots-" + name, "storage: {volumeSnapshotClassName: " + name + "}", reason, words);
    }

    private static List<BadInput> steps() {
        return List.of(
                step("no-map", "configMap: {name: no-masks, key: mask.sql}", "SanitizeSourceMissing", "prod/no-masks"),
                step("no-text", "configMap: {name: masks, key: binary.sql}", "SanitizeSourceMissing", "binary.sql"),
                step("no-secret", "secret: {name: no-masks, key: x}", "SanitizeSourceMissing", "Secret prod/no-masks"),
                step(
                        "nothing-in-it",
                        "configMap: {name: masks, key: empty.sql}",
                        "SanitizeFailed",
                        "holds no statement"),
                step("for-psql", "configMap: {name: masks, key: psql.sql}", "SanitizeFailed", "a command of psql"),
                step("commits", "configMap: {name: masks, key: commit.sql}", "SanitizeFailed", "line 2", "transaction"),
                step(
                        "breaks",
                        "configMap: {name: masks, key: fails.sql}",
                        "SanitizeFailed",
                        "line 3",
                        "SQLSTATE 23505"),
                fork(
                                "a-superuser",
                                "sanitize: [{name: own, as: Superuser, configMap: {name: masks, key: mask.sql}}]",
                                "SuperuserStepRefused",
                                "own",
                                "PostgresDatabase prod/masked")
                        .with(FROM, "{name: masked}"));
    }

    private static BadInput step(String name, String source, String reason, String... words) {
        return fork("step-" + name, "sanitize: [{name: own, " + source + "}]", reason, words)
                .late();
    }

    private static List<BadInput> commands() {
        return List.of(
                fork("reset-before-it-was", "resetAt: '2000-01-01T00:00:01Z'", "NotCutYet", "with data of later")
                        .says("reset", "Done")
                        .late(),
                fork("reset-beyond-midnight", "resetAt: '2020-01-01T23:59:59.999999999+17:59'", "NotCutYet", "later")
                        .says("reset", "Done")
                        .late());
    }
}
