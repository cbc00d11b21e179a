package dev.pgfork.operator.fork;

import dev.pgfork.api.v1alpha1.PostgresFork;
import dev.pgfork.api.v1alpha1.PostgresForkStatus;
import dev.pgfork.api.v1alpha1.SanitizeStepStatus;
import dev.pgfork.api.v1alpha1.SanitizeStepStatus.State;
import dev.pgfork.api.v1alpha1.SanitizedBy;
import dev.pgfork.operator.instance.SanitizeRecord;
import dev.pgfork.operator.instance.Sanitizing;
import dev.pgfork.operator.status.Conditions;
import dev.pgfork.operator.status.Wait;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** What the status says of a fork's sanitize steps, while the planner decides it. */
final class SanitizingDraft {
    private static final String SANITIZED = "Sanitized";

    private final String fork;
    private final List<SanitizeStepStatus> steps = new ArrayList<>();
    private final List<SanitizedBy> passed = new ArrayList<>();

    SanitizingDraft(PostgresFork fork, PostgresForkStatus before) {
        this.fork = fork.getMetadata().getName();
        steps.addAll(Objects.requireNonNullElse(before.sanitize(), List.of()));
        passed.addAll(Objects.requireNonNullElse(before.sanitizedBy(), List.of()));
    }

    /** Takes over what the last status said. */
    static void keep(Conditions conditions) {
        conditions.keep(SANITIZED);
    }

    /** What applies from now on, whatever the specs say later. */
    void begin(List<SanitizeStepStatus> apply, List<SanitizedBy> passedBefore) {
        steps.clear();
        steps.addAll(apply);
        passed.clear();
        passed.addAll(passedBefore);
    }

    void begin(SanitizeRecord noted) {
        begin(noted.steps(), noted.passed());
    }

    /** Whether there are steps, and all are done. */
    boolean isComplete() {
        return !steps.isEmpty() && isPassed();
    }

    /** Whether no step is left; it may be that there was none. */
    boolean isPassed() {
        return steps.stream().allMatch(SanitizePlanner::isDone);
    }

    boolean has(int number) {
        return number >= 1 && number <= steps.size();
    }

    /** @param number from 1 */
    SanitizeStepStatus step(int number) {
        return steps.get(number - 1);
    }

    /** Takes over what the instance has on record. */
    void note(Sanitizing seen) {
        for (var number = 1; has(number) && number <= seen.done().size(); number++) {
            if (!SanitizePlanner.isDone(step(number))) {
                var done = seen.done().get(number - 1);
                change(number, State.Done, step(number).startedAt(), done.seconds(), done.hash());
                var step = Objects.requireNonNull(step(number).step());
                var namespace = Objects.requireNonNull(step(number).namespace());
                passed.add(new SanitizedBy(
                        step.name(), step(number).origin(), fork, done.hash(), step.location(namespace)));
            }
        }
    }

    void running(int number, Instant now) {
        change(number, State.Running, now.toString(), null, null);
    }

    void failed(int number) {
        change(number, State.Failed, step(number).startedAt(), null, null);
    }

    /** The hash of what has not been run to its end stays out: it may be of a password that somebody guesses. */
    private void change(
            int number, State state, @Nullable String startedAt, @Nullable Double seconds, @Nullable String hash) {
        var old = step(number);
        steps.set(
                number - 1,
                new SanitizeStepStatus(old.step(), old.origin(), old.namespace(), state, startedAt, seconds, hash));
    }

    /** @param wait what is waited for instead */
    void condition(Conditions conditions, Optional<Wait> wait) {
        if (steps.isEmpty() && passed.isEmpty()) {
            return;
        }
        var left = steps.stream().filter(step -> !SanitizePlanner.isDone(step)).count();
        if (left > 0) {
            conditions.set(
                    SANITIZED,
                    false,
                    wait.map(Wait::early).orElse("SanitizePending"),
                    wait.map(Wait::message).orElse(left + " sanitize steps are still to be run; nobody can connect"));
        } else {
            conditions.set(
                    SANITIZED,
                    true,
                    steps.isEmpty() ? "Inherited" : SANITIZED,
                    "The data have passed " + passed.size() + " sanitize steps");
        }
    }

    @Nullable
    List<SanitizeStepStatus> steps() {
        return steps.isEmpty() ? null : List.copyOf(steps);
    }

    @Nullable
    List<SanitizedBy> passed() {
        return passed.isEmpty() ? null : List.copyOf(passed);
    }
}
