package dev.pgfork.operator.mock;

import dev.pgfork.operator.instance.SanitizeOrder;
import dev.pgfork.operator.instance.Sanitizing;
import dev.pgfork.operator.instance.Sanitizing.DoneStep;
import dev.pgfork.operator.instance.Sanitizing.State;
import dev.pgfork.operator.instance.ScriptStatus;
import dev.pgfork.operator.instance.ScriptStatus.Phase;
import dev.pgfork.operator.instance.VerbRefusedException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import org.jspecify.annotations.Nullable;

/**
 * The sanitize steps of simulated instances: what is done stays done, as on a volume. A statement that holds the word
 * {@code fails} does.
 */
public final class SimulatedSanitizing {
    private final Map<String, List<DoneStep>> done = new HashMap<>();
    private final Map<String, String> failed = new HashMap<>();
    private final List<String> ran = new CopyOnWriteArrayList<>();

    /** Whether an instance must not open yet. */
    boolean isWanted(SimulatedInstance instance) {
        return !instance.state().openedBy().equals(instance.self())
                && doneBy(instance).size()
                        < Integer.parseInt(instance.environment().getOrDefault("PGFORK_SANITIZE", "0"));
    }

    void run(SimulatedInstance instance, SanitizeOrder order) {
        if (!isWanted(instance)
                || instance.phase() != Phase.quarantine
                || order.step() != doneBy(instance).size() + 1) {
            throw new VerbRefusedException("NotWaiting", "this instance does not wait for step " + order.step());
        }
        order.sql().statements().forEach(statement -> ran.add(statement.text()));
        if (order.sql().statements().stream()
                .anyMatch(statement -> statement.text().contains("fails"))) {
            failed.put(instance.self(), order.sql().hash());
        } else {
            failed.remove(instance.self());
            done.computeIfAbsent(instance.self(), self -> new ArrayList<>())
                    .add(new DoneStep(order.sql().hash(), 0.25));
        }
    }

    /** Statements in the order in which they were run. */
    public List<String> ran() {
        return List.copyOf(ran);
    }

    /** From here on, as if nothing had been run yet. */
    public void forgetWhatRan() {
        ran.clear();
    }

    /** Whether the script does nothing more by itself. */
    static boolean isSettled(ScriptStatus status) {
        return status.awaitsStep()
                || Set.of(Phase.running, Phase.failed, Phase.fenced).contains(status.phase());
    }

    ScriptStatus status(SimulatedInstance instance) {
        return instance.status(sanitizing(instance));
    }

    private @Nullable Sanitizing sanitizing(SimulatedInstance instance) {
        if (!instance.environment().containsKey("PGFORK_SANITIZE")) {
            return null;
        }
        var hash = failed.get(instance.self());
        var state = !isWanted(instance) ? State.done : hash == null ? State.waiting : State.failed;
        return new Sanitizing(
                state,
                doneBy(instance).size() + 1,
                false,
                hash,
                hash == null ? null : "23505",
                hash == null ? null : (Integer) 3,
                null,
                doneBy(instance));
    }

    private List<DoneStep> doneBy(SimulatedInstance instance) {
        return done.getOrDefault(instance.self(), List.of());
    }
}
