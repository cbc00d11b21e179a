package dev.pgfork.operator.database;

import dev.pgfork.operator.action.BesideWork.Progress;
import dev.pgfork.operator.instance.FenceProof;
import dev.pgfork.operator.kube.Looked;
import dev.pgfork.operator.postgres.Lsn;
import dev.pgfork.operator.postgres.SampleHistories;
import dev.pgfork.operator.postgres.TimelineHistory;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/** A primary shop, its standby shop-replica on the way to be the next primary, and another standby. */
final class ChangeoverWorld {
    static final Instant START = Instant.parse("2026-11-21T10:00:00Z");
    static final List<String> SIGHTS = List.of(
            "standby not there",
            "standby unknown",
            "standby not ready",
            "standby not streaming",
            "standby on 6",
            "standby behind",
            "standby at the end",
            "standby past the end",
            "standby of another database",
            "standby of 16",
            "standby promoted",
            "standby writing",
            "primary unknown",
            "primary in recovery",
            "primary back");

    private static final Lsn WRITTEN = Lsn.parse("0/1D000000");

    Looked<MemberPosition> from = new Looked.Found<>(position(false, 7, "0/1D000000", false));
    Looked<MemberPosition> to = new Looked.Found<>(position(true, 7, "0/1CFFFF00", true));
    Optional<Progress<Boolean>> preparation = Optional.empty();
    Optional<Progress<FenceProof>> fence = Optional.empty();
    Optional<Progress<Boolean>> unfence = Optional.empty();
    Optional<Progress<Integer>> promotion = Optional.empty();
    final SortedMap<String, Optional<Progress<Boolean>>> following = new TreeMap<>();
    List<String> logicalSlots = List.of();

    ChangeoverWorld() {
        following.put("shop", Optional.empty());
        following.put("shop-other", Optional.empty());
    }

    private static Optional<TimelineHistory> history(int timeline) {
        return Optional.of(SampleHistories.of(timeline));
    }

    static FenceProof clean() {
        return new FenceProof("shut down", Lsn.parse("0/1E000028"), Lsn.parse("0/1E000028"), 7, "7439281");
    }

    static List<Optional<Progress<FenceProof>>> fences() {
        return List.of(
                Optional.empty(),
                Optional.of(new Progress.Running<>()),
                Optional.of(new Progress.Failed<>("no answer")),
                Optional.of(new Progress.Done<>(clean())));
    }

    void see(String what) {
        switch (what) {
            case "standby not there" -> to = new Looked.Absent<>();
            case "standby unknown" -> to = new Looked.Unknown<>("no route");
            case "standby not ready" ->
                to = new Looked.Found<>(
                        new MemberPosition("7439281", 17, true, 7, history(7), WRITTEN, WRITTEN, true, false));
            case "standby not streaming" -> to = new Looked.Found<>(position(true, 7, "0/1D000000", false));
            case "standby on 6" -> to = new Looked.Found<>(position(true, 6, "0/1E0000A0", true));
            case "standby ahead" -> to = new Looked.Found<>(position(true, 7, "0/1D000001", true));
            case "standby on another 7" ->
                to = new Looked.Found<>(new MemberPosition(
                        "7439281", 17, true, 7, Optional.of(SampleHistories.other(7)), WRITTEN, WRITTEN, true, true));
            case "standby without history" ->
                to = new Looked.Found<>(
                        new MemberPosition("7439281", 17, true, 7, Optional.empty(), WRITTEN, WRITTEN, true, true));
            case "standby behind" -> to = new Looked.Found<>(position(true, 7, "0/1BFFFFFF", true));
            case "standby at the end" -> to = new Looked.Found<>(position(true, 7, "0/1E000028", false));
            case "standby past the end" -> to = new Looked.Found<>(position(true, 7, "0/1E0000A0", false));
            case "standby of another database" ->
                to = new Looked.Found<>(new MemberPosition(
                        "1234567",
                        17,
                        true,
                        7,
                        history(7),
                        Lsn.parse("0/1E0000A0"),
                        Lsn.parse("0/1E0000A0"),
                        true,
                        true));
            case "standby of 16" ->
                to = new Looked.Found<>(
                        new MemberPosition("7439281", 16, true, 7, history(7), WRITTEN, WRITTEN, true, true));
            case "standby promoted" -> to = new Looked.Found<>(position(false, 8, "0/1E0000A0", false));
            case "standby writing" -> to = new Looked.Found<>(position(false, 7, "0/1E0000A0", false));
            case "primary unknown" -> from = new Looked.Unknown<>("no route");
            case "primary in recovery" -> from = new Looked.Found<>(position(true, 7, "0/1D000000", false));
            case "primary back" -> from = new Looked.Found<>(position(false, 7, "0/1D000000", false));
            default -> throw new IllegalArgumentException(what);
        }
    }

    private static MemberPosition position(boolean inRecovery, int timeline, String replayed, boolean streaming) {
        var lsn = Lsn.parse(replayed);
        return new MemberPosition("7439281", 17, inRecovery, timeline, history(timeline), lsn, lsn, streaming, true);
    }

    ChangeoverObservation seen() {
        return new ChangeoverObservation(from, to, preparation, fence, unfence, promotion, following, logicalSlots);
    }
}
