package dev.pgfork.operator;

import static dev.pgfork.operator.BadInput.follower;

import java.util.List;
import java.util.stream.Stream;

/** PostgresFollowers that cannot be made, or not as they say. */
final class BadFollowers {
    private static final String FOLLOWS = "{name: shop}";

    private BadFollowers() {}

    static Stream<BadInput> all() {
        return Stream.of(leaders(), itself()).flatMap(List::stream);
    }

    private static BadInput follows(String name, String follows, String reason, String... words) {
        return follower(name, "", reason, words).with(FOLLOWS, follows);
    }

    private static List<BadInput> leaders() {
        return List.of(
                follows("after-nobody", "{name: nobody}", "LeaderNotFound", "PostgresDatabase prod/nobody"),
                follows("after-another-kind", "{kind: PostgresFork, name: shop}", "LeaderNotFound", "PostgresFork"),
                follows(
                        "after-itself",
                        "{kind: PostgresFollower, name: after-itself}",
                        "LeaderNotFound",
                        "after-itself"),
                follows("ring-a", "{kind: PostgresFollower, name: ring-b}", "LeaderNotFound", "prod/ring-b")
                        .beside(BadInput.FOLLOWER
                                .replace("NAME", "ring-b")
                                .replace(FOLLOWS, "{kind: PostgresFollower, name: ring-a}")),
                follows(
                        "chained",
                        "{kind: PostgresFollower, name: shop-replica}",
                        "ChainedFollower",
                        "Follow its leader"),
                follows("after-a-refused-one", "{name: refused}", "LeaderNotReady", "PostgresDatabase", "fsync"),
                follows("after-a-broken-one", "{name: broken}", "LeaderNotReady", "PostgresDatabase", "initdb"),
                follows("after-the-expired", "{kind: PostgresFork, name: expired}", "LeaderNotReady", "expired"),
                follows("after-the-sleeping", "{kind: PostgresFork, name: resting}", "LeaderNotReady", "resting"),
                follows("after-an-unsafe-one", "{name: unsafe}", "FsyncOff", "unsafe", "Turn fsync on"));
    }

    private static List<BadInput> itself() {
        return List.of(
                follower("a-small-one", "storage: {size: 1023Mi}", "StorageSmaller", "1023Mi", "1Gi"),
                follower(
                        "sets-its-leader",
                        "parameters: {primary_conninfo: x}",
                        "InvalidParameters",
                        "primary_conninfo"),
                follower("sets-hot-standby", "parameters: {hot_standby: 'off'}", "InvalidParameters", "hot_standby"),
                follower(
                        "no-snapshots",
                        "storage: {volumeSnapshotClassName: none-such}",
                        "NoSnapshotClass",
                        "none-such"),
                follower(
                        "others-snapshots",
                        "storage: {volumeSnapshotClassName: others}",
                        "WrongSnapshotClassDriver",
                        "o"),
                follower("users-replica", "", "NameTaken", "Service prod/users-replica is in the way")
                        .beside(BadInputWorld.foreign("Service", "NAME")),
                follower("masked", "", "NameTaken", "Service prod/masked-instance", "PostgresDatabase masked"),
                follower("unfollows-too-early", "unfollow: true", "NotFollowingYet", "as soon as it has streamed once")
                        .with(FOLLOWS, "{name: nobody}")
                        .says("Unfollowed", "False"));
    }
}
