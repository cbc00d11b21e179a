package dev.pgfork.operator.standby;

import dev.pgfork.api.v1alpha1.PostgresFollowerStatus.Timings;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** When a generation of a standby reached what for the first time, in seconds since work on it began. */
record Milestones(Timings timings) {
    static final Milestones NONE = new Milestones(new Timings(null, null, null, null));

    static Milestones of(@Nullable Timings noted) {
        return noted == null ? NONE : new Milestones(noted);
    }

    /** Again after a cut that was discarded. */
    Milestones attached(double seconds) {
        return new Milestones(new Timings(seconds, timings.cut(), timings.bound(), timings.streaming()));
    }

    /** Again after a cut that was discarded. */
    Milestones cut(double seconds) {
        return new Milestones(new Timings(timings.attached(), seconds, timings.bound(), timings.streaming()));
    }

    Milestones bound(double seconds) {
        return new Milestones(new Timings(
                timings.attached(),
                timings.cut(),
                Objects.requireNonNullElse(timings.bound(), seconds),
                timings.streaming()));
    }

    Milestones streaming(double seconds) {
        return new Milestones(new Timings(
                timings.attached(),
                timings.cut(),
                timings.bound(),
                Objects.requireNonNullElse(timings.streaming(), seconds)));
    }

    boolean isBound() {
        return timings.bound() != null;
    }

    boolean hasStreamed() {
        return timings.streaming() != null;
    }

    @Nullable
    Timings orNull() {
        return equals(NONE) ? null : timings;
    }
}
