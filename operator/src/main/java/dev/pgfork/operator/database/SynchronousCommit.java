package dev.pgfork.operator.database;

import dev.pgfork.api.v1alpha1.Synchronous;
import dev.pgfork.api.v1alpha1.Synchronous.WhenUnavailable;
import dev.pgfork.api.v1alpha1.SynchronousStatus;
import dev.pgfork.operator.instance.Membership;
import dev.pgfork.operator.kube.Looked;
import java.util.Collection;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * For whom the commits of a primary wait, and what is said of that.
 *
 * <table>
 * <caption>For whom, first match wins</caption>
 * <tr><th>wanted</th><th>seen</th><th>for whom</th></tr>
 * <tr><td>nothing</td><td></td><td>nobody</td></tr>
 * <tr><td>anything</td><td>a primary that has promised does not answer</td><td>as before</td></tr>
 * <tr><td>Block</td><td></td><td>so many of all members, whether they stream or not</td></tr>
 * <tr><td>Continue</td><td>who streams is not known</td><td>as before</td></tr>
 * <tr><td></td><td>enough stream</td><td>so many of all members</td></tr>
 * <tr><td></td><td>fewer stream</td><td>nobody</td></tr>
 * </table>
 *
 * <table>
 * <caption>Condition Synchronous, first match wins</caption>
 * <tr><th>seen</th><th>condition</th></tr>
 * <tr><td>nothing wanted</td><td>none</td></tr>
 * <tr><td>the primary does not say who streams</td><td>Unknown PrimaryNotAnswering</td></tr>
 * <tr><td>it does not run with this yet</td><td>False NotInForce</td></tr>
 * <tr><td>Continue, fewer stream</td><td>False NotWaiting</td></tr>
 * <tr><td>Block, fewer stream</td><td>False CommitsBlocked</td></tr>
 * <tr><td>they stream, and lack what was acknowledged before</td><td>False NotInForce</td></tr>
 * <tr><td>anything else</td><td>True Waiting</td></tr>
 * </table>
 *
 * @param status to be written down, for whoever renders the primary's configuration
 */
record SynchronousCommit(SynchronousStatus status, Optional<Finding> finding) {

    /**
     * The condition.
     *
     * @param value True, False or Unknown
     */
    record Finding(String value, String reason, String message) {}

    /** How far what is written down has come. */
    enum Progress {
        /** The primary runs with something else. */
        WRITTEN,
        /** It runs with this; commits that it acknowledged before need not be on any follower. */
        SET,
        /** So many followers have those, too. */
        IN_FORCE
    }

    /**
     * @param members names of all instances but the primary
     * @param streaming names of those that stream
     * @param before what is written down; {@code null}: nothing
     * @param progress of what is written down
     */
    static SynchronousCommit of(
            @Nullable Synchronous wanted,
            Collection<String> members,
            Looked<Set<String>> streaming,
            @Nullable SynchronousStatus before,
            Progress progress) {
        // What a primary that does not answer has promised stands, whatever is wanted or made meanwhile.
        var promised = streaming.found().isEmpty() && before != null && before.inForce() ? before : null;
        if (wanted == null) {
            return new SynchronousCommit(
                    Objects.requireNonNullElse(promised, SynchronousStatus.NOBODY), Optional.empty());
        }
        int required = Objects.requireNonNullElse(wanted.required(), 1);
        var blocks = wanted.whenUnavailable() != WhenUnavailable.Continue;
        var enough = streaming.found().map(names -> streaming(members, names) >= required);
        var waitsFor = new SynchronousStatus(required, members.stream().sorted().toList(), false);
        var chosen = promised == null && (blocks || enough.orElse(false))
                ? waitsFor
                : enough.isEmpty() && before != null ? before : SynchronousStatus.NOBODY;
        var holds = progress == Progress.IN_FORCE && before != null && isSame(chosen, before);
        var runs = progress != Progress.WRITTEN && before != null && isSame(chosen, before);
        var status = new SynchronousStatus(chosen.required(), chosen.members(), holds);
        return new SynchronousCommit(status, Optional.of(finding(status, required, members, streaming, runs)));
    }

    /**
     * For whom the commits of an instance are to wait that was just promoted. It was promoted without names, so that
     * nothing keeps it from becoming the primary; it is told them at once, without another look at who streams.
     *
     * @param members names of all other instances
     * @return {@code null}: for nobody until enough of them stream
     */
    static @Nullable SynchronousStatus ofNewPrimary(@Nullable Synchronous wanted, Collection<String> members) {
        return wanted == null || wanted.whenUnavailable() == WhenUnavailable.Continue
                ? null
                : new SynchronousStatus(
                        Objects.requireNonNullElse(wanted.required(), 1),
                        members.stream().sorted().toList(),
                        false);
    }

    /** What {@code synchronous_standby_names} is made of. */
    static List<String> parts(@Nullable SynchronousStatus status, String primary) {
        if (status == null || status.required() == 0) {
            return List.of();
        }
        // Nobody could: the primary never streams from itself, so that commits wait until there is a follower.
        var members = status.members().isEmpty() ? List.of(primary) : status.members();
        return Membership.anyOf(status.required(), members);
    }

    /** Of whom every acknowledged commit of the primary was acknowledged; empty: that was never promised. */
    static Optional<Quorum> quorum(@Nullable Synchronous wanted, @Nullable SynchronousStatus status) {
        return wanted == null
                        || wanted.whenUnavailable() == WhenUnavailable.Continue
                        || status == null
                        || !status.inForce()
                        || status.required() == 0
                ? Optional.empty()
                : Optional.of(new Quorum(status.required(), Set.copyOf(status.members())));
    }

    private static Finding finding(
            SynchronousStatus status,
            int required,
            Collection<String> members,
            Looked<Set<String>> streaming,
            boolean runs) {
        if (streaming.found().isEmpty()) {
            return new Finding(
                    "Unknown", "PrimaryNotAnswering", "The primary does not say who streams from it at the moment");
        }
        var names = String.join(", ", members.stream().sorted().toList());
        var count = streaming(members, streaming.found().get());
        var stream = "%d of %d needed followers stream (followers: %s)"
                .formatted(count, required, names.isEmpty() ? "none" : names);
        if (!runs) {
            return new Finding("False", "NotInForce", "The primary does not run with the new setting yet; " + stream);
        }
        if (status.required() == 0) {
            return new Finding(
                    "False",
                    "NotWaiting",
                    stream + ": commits are acknowledged without them, and may be lost in a failover. Bring followers"
                            + " back; spec.synchronous.whenUnavailable is Continue");
        }
        if (count < required) {
            return new Finding(
                    "False",
                    "CommitsBlocked",
                    stream + ": commits wait until there are enough. Bring followers back, or set"
                            + " spec.synchronous.whenUnavailable to Continue");
        }
        return status.inForce()
                ? new Finding("True", "Waiting", "Commits wait for %d of %s".formatted(required, names))
                : new Finding(
                        "False",
                        "NotInForce",
                        "Commits wait for followers, which do not have everything yet that was acknowledged before");
    }

    private static long streaming(Collection<String> members, Set<String> streaming) {
        return members.stream().filter(streaming::contains).count();
    }

    private static boolean isSame(SynchronousStatus one, SynchronousStatus other) {
        return one.required() == other.required() && one.members().equals(other.members());
    }
}
