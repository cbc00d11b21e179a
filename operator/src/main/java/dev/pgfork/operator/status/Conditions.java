package dev.pgfork.operator.status;

import io.fabric8.kubernetes.api.model.Condition;
import io.fabric8.kubernetes.api.model.ConditionBuilder;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Conditions of a resource while a planner decides them. They follow kstatus: {@code Reconciling} and {@code Stalled}
 * are there only while true. {@code Ready} always is, but where somebody wants that nothing is served: kstatus takes a
 * resource without it for {@code Current}.
 */
public final class Conditions {
    public static final String READY = "Ready";
    /** In the place of {@code Ready}, where serving nobody is what is wanted. */
    public static final String AVAILABLE = "Available";

    public static final String RECONCILING = "Reconciling";
    public static final String STALLED = "Stalled";

    private static final Set<String> SUMMARY = Set.of(READY, AVAILABLE, RECONCILING, STALLED);

    private final List<Condition> before;
    private final List<Condition> now = new ArrayList<>();
    private final long observedGeneration;
    private final Instant at;

    /** @param before conditions of the last status: transition times are kept where the status did not change */
    public Conditions(@Nullable List<Condition> before, long observedGeneration, Instant at) {
        this.before = before == null ? List.of() : before;
        this.observedGeneration = observedGeneration;
        this.at = at;
    }

    /** The resource is as wanted. */
    public Conditions ready(String message) {
        return set(READY, true, "Ready", message);
    }

    /** Not yet as wanted, and on the way by itself. */
    public Conditions reconciling(String reason, String message) {
        return set(READY, false, reason, message).set(RECONCILING, true, reason, message);
    }

    /** Not as wanted, and somebody has to do something. */
    public Conditions stalled(String reason, String message) {
        return set(READY, false, reason, message).set(STALLED, true, reason, message);
    }

    /** As wanted, and it serves nobody: whoever waits for {@code Ready} must not be told that it is coming. */
    public Conditions unavailable(String reason, String message) {
        return set(AVAILABLE, false, reason, message);
    }

    public Conditions set(String type, boolean status, String reason, String message) {
        return set(type, status ? "True" : "False", reason, message);
    }

    /** @param status True, False or Unknown */
    public Conditions set(String type, String status, String reason, String message) {
        now.removeIf(condition -> condition.getType().equals(type));
        now.add(new ConditionBuilder()
                .withType(type)
                .withStatus(status)
                .withReason(reason)
                .withMessage(message)
                .withObservedGeneration(observedGeneration)
                .withLastTransitionTime(transition(type, status))
                .build());
        return this;
    }

    /** As it was in the last status. */
    public Optional<Condition> before(String type) {
        return find(before, type);
    }

    /** Leaves those of the last status, where it had them, as they were. */
    public void keep(String... types) {
        for (var type : types) {
            find(before, type).ifPresent(now::add);
        }
    }

    /** Leaves all of the last status as they were. */
    public void keepAll() {
        now.clear();
        now.addAll(before);
    }

    /** Takes over what was decided elsewhere, but not whether the resource serves. */
    public void adopt(@Nullable List<Condition> decided) {
        if (decided != null) {
            decided.stream()
                    .filter(condition -> !SUMMARY.contains(condition.getType()))
                    .forEach(now::add);
        }
    }

    /** Takes over what was decided elsewhere about whether the resource serves. */
    public void adoptSummary(@Nullable List<Condition> decided) {
        if (decided != null) {
            decided.stream()
                    .filter(condition -> SUMMARY.contains(condition.getType()))
                    .forEach(now::add);
        }
    }

    /** Takes back what is not so any more. */
    public void drop(String... types) {
        now.removeIf(condition -> List.of(types).contains(condition.getType()));
    }

    public List<Condition> list() {
        return List.copyOf(now);
    }

    private String transition(String type, String status) {
        return find(before, type)
                .filter(condition -> Objects.equals(condition.getStatus(), status))
                .map(Condition::getLastTransitionTime)
                .orElseGet(() -> at.truncatedTo(ChronoUnit.SECONDS).toString());
    }

    public static Optional<Condition> find(@Nullable List<Condition> conditions, String type) {
        return conditions == null
                ? Optional.empty()
                : conditions.stream()
                        .filter(condition -> type.equals(condition.getType()))
                        .findFirst();
    }

    /** The condition that says whether it serves, whichever that is. */
    public static Optional<Condition> summary(@Nullable List<Condition> conditions) {
        return find(conditions, READY).or(() -> find(conditions, AVAILABLE));
    }

    /** What the resource says of itself, for those who wait for it. */
    public static String whyNotReady(@Nullable List<Condition> conditions) {
        return summary(conditions).map(Condition::getMessage).orElse("it has just been made");
    }

    public static boolean isTrue(@Nullable List<Condition> conditions, String type) {
        return find(conditions, type)
                .filter(condition -> "True".equals(condition.getStatus()))
                .isPresent();
    }
}
