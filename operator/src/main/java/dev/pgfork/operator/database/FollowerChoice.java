package dev.pgfork.operator.database;

import dev.pgfork.api.v1alpha1.PrimaryPosition;
import dev.pgfork.operator.kube.Looked;
import dev.pgfork.operator.postgres.Lsn;
import dev.pgfork.operator.postgres.TimelineHistory;
import dev.pgfork.operator.postgres.TimelineHistory.Branch;
import java.util.Comparator;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Which follower takes the place of a primary that is down: the one that has received most of what that had written.
 *
 * <table>
 * <caption>First match wins</caption>
 * <tr><th>seen</th><th>choice</th></tr>
 * <tr><td>a follower accepts writes</td><td>None AnotherPrimary: nobody knows whose writes count</td></tr>
 * <tr><td>no follower</td><td>None NoFollower</td></tr>
 * <tr><td>the wanted one is not there, or does not answer</td><td>None TargetNotReady</td></tr>
 * <tr><td>the wanted one holds another database</td><td>None OtherDatabase</td></tr>
 * <tr><td>forced</td><td>the wanted one</td></tr>
 * <tr><td>the wanted one is on another timeline than the primary was</td><td>None TargetOnOtherTimeline</td></tr>
 * <tr><td>the primary was not seen since its promotion, and its timeline's number is that of two</td>
 * <td>None HistoriesDiffer</td></tr>
 * <tr><td>commits waited for followers, and too few of those answer to know them all</td>
 * <td>None FollowersNotSeen</td></tr>
 * <tr><td>another one does not answer, and there is patience</td><td>None FollowersNotSeen</td></tr>
 * <tr><td>nobody answers that was on the primary's timeline</td><td>None NoFollowerFits</td></tr>
 * <tr><td>another has received more than the wanted one</td><td>None AnotherHasMore</td></tr>
 * <tr><td>the primary was not seen since its promotion, and had more then</td><td>None PrimaryHadMore</td></tr>
 * <tr><td>anything else</td><td>the wanted one, or the one that has received most</td></tr>
 * </table>
 */
sealed interface FollowerChoice {

    /** @param complete it has every commit that was acknowledged */
    record Chosen(String name, MemberPosition position, boolean complete) implements FollowerChoice {}

    /**
     * @param reason CamelCase
     * @param message for people
     */
    record None(String reason, String message) implements FollowerChoice {}

    /**
     * What is chosen from.
     *
     * @param lastSeen the primary that is down; {@code null}: nothing is known of it
     * @param followers by name
     * @param quorum of whom commits were acknowledged; empty: of nobody
     * @param patient followers that do not answer are waited for
     */
    record Field(
            @Nullable PrimaryPosition lastSeen,
            Map<String, Looked<MemberPosition>> followers,
            Optional<Quorum> quorum,
            boolean patient) {

        public Field {
            followers = Map.copyOf(followers);
        }
    }

    /** The one that has received most. */
    static FollowerChoice best(Field field) {
        return obstacle(field)
                .<FollowerChoice>map(none -> none)
                .orElseGet(() -> most(field)
                        .map(best -> unlessItLacks(best.getKey(), best.getValue(), field))
                        .orElseGet(() -> new None(
                                "NoFollowerFits",
                                "No follower answers that was on the timeline of the primary when that was last seen. Bring"
                                        + " one back, or choose one with spec.promote and force: true")));
    }

    /** @param force take it although another has received more, or may have */
    static FollowerChoice wanted(String name, Field field, boolean force) {
        var seen = field.followers().get(name);
        if (seen == null) {
            return new None("TargetNotReady", "There is no follower " + name);
        }
        var another = anotherPrimary(field);
        if (another.isPresent()) {
            return another.get();
        }
        return switch (seen) {
            case Looked.Absent<MemberPosition> absent ->
                new None("TargetNotReady", "Follower " + name + " has no running server");
            case Looked.Unknown<MemberPosition>(String reason) ->
                new None("TargetNotReady", "Follower " + name + " cannot be asked: " + reason);
            case Looked.Found<MemberPosition>(MemberPosition position) -> wanted(name, position, field, force);
        };
    }

    private static FollowerChoice wanted(String name, MemberPosition position, Field field, boolean force) {
        if (!isSameDatabase(position, field)) {
            return new None("OtherDatabase", "Follower " + name + " holds another database");
        }
        if (force) {
            return chosen(name, position, field);
        }
        if (!wasOnTimeline(position, field)) {
            return new None(
                    "TargetOnOtherTimeline",
                    "Follower %s is on a timeline %d that the primary was not on. Choose another, or set force: true"
                            .formatted(name, position.timeline()));
        }
        var obstacle = obstacle(field);
        if (obstacle.isPresent()) {
            return obstacle.get();
        }
        var best = most(field).orElseThrow();
        var more = best.getValue().received().minus(position.received());
        return more > 0
                ? new None(
                        "AnotherHasMore",
                        "Follower %s has received %d bytes of WAL more than %s. Promote that one, or set force: true"
                                .formatted(best.getKey(), more, name))
                : unlessItLacks(name, position, field);
    }

    /**
     * The first of two failovers took whoever had most. If that is lost before anybody saw it serve, what only it had
     * would be lost by the second, although commits had perhaps waited for it.
     */
    private static FollowerChoice unlessItLacks(String name, MemberPosition position, Field field) {
        var primary = field.lastSeen();
        if (primary == null || primary.promotion() == null) {
            return chosen(name, position, field);
        }
        var lacks = Lsn.parse(primary.lsn()).minus(position.received());
        return lacks > 0
                ? new None(
                        "PrimaryHadMore",
                        "When %1$s was promoted it had %2$d bytes of WAL more than follower %3$s has. Bring %1$s back, or"
                                        .formatted(primary.instance(), lacks, name)
                                + " choose a follower with spec.promote and force: true")
                : chosen(name, position, field);
    }

    private static Optional<None> obstacle(Field field) {
        if (field.followers().isEmpty()) {
            return Optional.of(new None("NoFollower", "There is no follower that could take over"));
        }
        var another = anotherPrimary(field);
        if (another.isPresent()) {
            return another;
        }
        var strangers = strangers(field);
        if (strangers.isPresent()) {
            return strangers;
        }
        var silent = field.followers().entrySet().stream()
                .filter(follower -> follower.getValue().found().isEmpty())
                .map(Map.Entry::getKey)
                .sorted()
                .toList();
        var seen = candidates(field).keySet();
        if (field.quorum().filter(quorum -> !quorum.isCoveredBy(seen)).isPresent()) {
            return Optional.of(new None(
                    "FollowersNotSeen",
                    ("Commits waited for followers, and the last ones may be only on one that does not answer (%s)."
                                    + " Bring it back, or choose one with spec.promote and force: true")
                            .formatted(String.join(", ", silent))));
        }
        return silent.isEmpty() || !field.patient()
                ? Optional.empty()
                : Optional.of(new None(
                        "FollowersNotSeen",
                        "Waiting for an answer of %s, which may have received most"
                                .formatted(String.join(", ", silent))));
    }

    /** Only one of them can have followed the primary, and nobody has seen which. */
    private static Optional<None> strangers(Field field) {
        var candidates = candidates(field);
        for (var one : candidates.entrySet()) {
            for (var other : candidates.entrySet()) {
                if (!beganAlike(one.getValue(), other.getValue())) {
                    return Optional.of(new None(
                            "HistoriesDiffer",
                            ("Followers %s and %s are on two timelines that are both numbered %d, and nobody has seen on"
                                            + " which the primary%s was. Choose one with spec.promote and force: true")
                                    .formatted(
                                            one.getKey(),
                                            other.getKey(),
                                            one.getValue().timeline(),
                                            field.lastSeen() == null
                                                    ? ""
                                                    : " " + field.lastSeen().instance())));
                }
            }
        }
        return Optional.empty();
    }

    private static boolean beganAlike(MemberPosition one, MemberPosition other) {
        var origin = one.history().flatMap(TimelineHistory::origin);
        var another = other.history().flatMap(TimelineHistory::origin);
        return origin.isEmpty() || another.isEmpty() || origin.get().isSame(another.get());
    }

    private static Optional<None> anotherPrimary(Field field) {
        return field.followers().entrySet().stream()
                .filter(follower -> follower.getValue()
                        .found()
                        .filter(position -> !position.inRecovery())
                        .isPresent())
                .map(Map.Entry::getKey)
                .sorted()
                .findFirst()
                .map(name -> new None(
                        "AnotherPrimary",
                        "Follower %s accepts writes already, although it was never promoted. Nobody is promoted until"
                                        .formatted(name)
                                + " it is known why"));
    }

    private static Optional<Map.Entry<String, MemberPosition>> most(Field field) {
        var byReceived = Comparator.<Map.Entry<String, MemberPosition>, Lsn>comparing(
                candidate -> candidate.getValue().received());
        return candidates(field).entrySet().stream()
                .max(byReceived.thenComparing(
                        Map.Entry.<String, MemberPosition>comparingByKey().reversed()));
    }

    private static Map<String, MemberPosition> candidates(Field field) {
        var candidates = new TreeMap<String, MemberPosition>();
        field.followers()
                .forEach((name, seen) -> seen.found()
                        .filter(position -> isSameDatabase(position, field) && wasOnTimeline(position, field))
                        .ifPresent(position -> candidates.put(name, position)));
        return candidates;
    }

    private static Chosen chosen(String name, MemberPosition position, Field field) {
        var best = most(field);
        var hasMost = wasOnTimeline(position, field)
                && best.filter(most -> most.getValue().received().compareTo(position.received()) > 0)
                        .isEmpty();
        var complete = hasMost
                && strangers(field).isEmpty()
                && field.quorum()
                        .filter(quorum -> quorum.isCoveredBy(candidates(field).keySet()))
                        .isPresent();
        return new Chosen(name, position, complete);
    }

    private static boolean isSameDatabase(MemberPosition position, Field field) {
        return field.lastSeen() == null || field.lastSeen().systemIdentifier().equals(position.systemIdentifier());
    }

    private static boolean wasOnTimeline(MemberPosition position, Field field) {
        return position.timeline() == timeline(field) && hasOrigin(position, field.lastSeen());
    }

    /** Of a primary that was never seen after its promotion: whoever followed it is on the latest timeline. */
    private static int timeline(Field field) {
        var lastSeen = field.lastSeen();
        if (lastSeen != null && lastSeen.promotion() == null) {
            return lastSeen.timeline();
        }
        return field.followers().values().stream()
                .flatMap(seen -> seen.found().stream())
                .filter(position -> isSameDatabase(position, field) && hasOrigin(position, lastSeen))
                .mapToInt(MemberPosition::timeline)
                .reduce(lastSeen == null ? 0 : lastSeen.timeline(), Math::max);
    }

    /**
     * The number may be the same, and the timeline another, if two were promoted that did not know of each other.
     * Whoever has followed a promotion that nobody saw has the timeline before it in its history.
     */
    private static boolean hasOrigin(MemberPosition position, @Nullable PrimaryPosition lastSeen) {
        var text = lastSeen == null ? null : lastSeen.origin();
        if (lastSeen == null || text == null) {
            return true;
        }
        var origin = Branch.parse(text);
        return position.history()
                .map(history -> history.timeline() == lastSeen.timeline()
                        ? history.origin().stream()
                        : history.branches().stream())
                .filter(branches -> branches.anyMatch(branch -> branch.isSame(origin)))
                .isPresent();
    }
}
