package dev.pgfork.operator.fork;

import dev.pgfork.api.v1alpha1.PostgresFork;
import dev.pgfork.api.v1alpha1.SanitizeStep;
import dev.pgfork.api.v1alpha1.SanitizeStepStatus;
import dev.pgfork.api.v1alpha1.SanitizeStepStatus.State;
import dev.pgfork.operator.action.Action;
import dev.pgfork.operator.action.BesideWork.Progress;
import dev.pgfork.operator.instance.SanitizeOrder;
import dev.pgfork.operator.instance.SanitizeSql;
import dev.pgfork.operator.instance.Sanitizing;
import dev.pgfork.operator.instance.ScriptStatus;
import dev.pgfork.operator.kube.Looked;
import dev.pgfork.operator.kube.Owner;
import dev.pgfork.operator.status.Conditions;
import dev.pgfork.operator.status.Wait;
import io.fabric8.kubernetes.api.model.Condition;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Brings a fork in its private phase the sanitize steps that were noted before its cut, one after the other. Which ones
 * are done the instance knows, and it opens after the last only; here is decided what it gets next.
 *
 * <table>
 * <caption>While the script waits for a step</caption>
 * <tr><th>SQL of the step</th><th>script</th><th>reason</th><th>action</th></tr>
 * <tr><td>not there</td><td></td><td>SanitizeSourceMissing</td><td></td></tr>
 * <tr><td>could not be read</td><td></td><td>SanitizeSourceUnreadable</td><td></td></tr>
 * <tr><td>cannot be a step</td><td></td><td>SanitizeFailed</td><td></td></tr>
 * <tr><td>the one that failed</td><td>failed</td><td>SanitizeFailed</td><td></td></tr>
 * <tr><td>any other</td><td></td><td>Sanitizing</td><td>noted as running, then run</td></tr>
 * </table>
 */
final class SanitizePlanner {
    private static final String FAILED = "SanitizeFailed";
    private static final String AT_WORK = "Sanitizing";

    /**
     * What comes of the steps.
     *
     * @param pending empty: it is not the steps that are waited for
     */
    record Outcome(List<Action> actions, Optional<Wait> pending) {
        static final Outcome NOTHING = new Outcome(List.of(), Optional.empty());

        /** Whether a step is under way: how long that may take the step itself says. */
        boolean isAtWork() {
            return pending.filter(wait -> wait.early().equals(AT_WORK)).isPresent();
        }

        static Outcome waiting(Wait wait) {
            return new Outcome(List.of(), Optional.of(wait));
        }
    }

    /** Notes what is done, and decides what is next. */
    Outcome plan(PostgresFork fork, ForkObservation seen, ForkStatusDraft draft) {
        var script = seen.instance().script().found();
        script.map(ScriptStatus::sanitizing).ifPresent(draft.sanitizing::note);
        if (draft.sanitizing.isComplete() && !draft.wasReady()) {
            draft.sanitized();
        }
        var waiting = script.filter(ScriptStatus::awaitsStep).map(ScriptStatus::sanitizing);
        var outcome = waiting.filter(sanitizing -> draft.sanitizing.has(sanitizing.step()))
                .map(sanitizing -> next(fork, seen, draft, sanitizing))
                .orElseGet(() -> underWay(script, draft));
        draft.sanitizing.condition(draft.conditions, outcome.pending());
        return outcome;
    }

    private static Outcome underWay(Optional<ScriptStatus> script, ForkStatusDraft draft) {
        return script.filter(status -> status.phase() == ScriptStatus.Phase.quarantine)
                .map(ScriptStatus::sanitizing)
                .map(sanitizing -> switch (sanitizing.state()) {
                    case running ->
                        Outcome.waiting(sanitizing("Running " + describe(draft.sanitizing.step(sanitizing.step()))));
                    case cleaning, done -> Outcome.waiting(sanitizing("Removing what the sanitize steps replaced"));
                    case waiting, failed -> Outcome.NOTHING;
                })
                .orElse(Outcome.NOTHING);
    }

    private static Outcome next(PostgresFork fork, ForkObservation seen, ForkStatusDraft draft, Sanitizing sanitizing) {
        var step = draft.sanitizing.step(sanitizing.step());
        return switch (seen.sanitizeSql()) {
            case Looked.Absent<SanitizeSql> absent ->
                Outcome.waiting(Wait.forReason(
                        "SanitizeSourceMissing",
                        describe(step) + " needs key "
                                + Objects.requireNonNull(step.step()).source().key() + " of " + source(step)
                                + ", which is not there; the fork goes on once it is"));
            case Looked.Unknown<SanitizeSql>(String why) ->
                Outcome.waiting(Wait.forReason(
                        "SanitizeSourceUnreadable",
                        source(step) + " of " + describe(step) + " cannot be read: " + why));
            case Looked.Found<SanitizeSql>(SanitizeSql sql) -> withSql(fork, seen, draft, sanitizing, step, sql);
        };
    }

    private static Outcome withSql(
            PostgresFork fork,
            ForkObservation seen,
            ForkStatusDraft draft,
            Sanitizing sanitizing,
            SanitizeStepStatus step,
            SanitizeSql sql) {
        if (seen.sanitizing().orElse(null) instanceof Progress.Running<ScriptStatus>) {
            return Outcome.waiting(sanitizing("Running " + describe(step)));
        }
        var objection = sql.objection(Objects.requireNonNull(step.step()).runsAsOneTransaction());
        if (objection.isPresent()) {
            draft.sanitizing.failed(sanitizing.step());
            var line = objection.get().line() == 0
                    ? " "
                    : ", line " + objection.get().line() + ", ";
            return failed(step, source(step) + line + objection.get().message());
        }
        if (sanitizing.state() == Sanitizing.State.failed && sql.hash().equals(sanitizing.hash())) {
            draft.sanitizing.failed(sanitizing.step());
            return failed(step, explain(sanitizing));
        }
        return run(fork, seen, draft, sanitizing, step, sql);
    }

    private static Outcome run(
            PostgresFork fork,
            ForkObservation seen,
            ForkStatusDraft draft,
            Sanitizing sanitizing,
            SanitizeStepStatus of,
            SanitizeSql sql) {
        var pod = seen.instance().pod();
        if (pod.isEmpty()) {
            return Outcome.NOTHING;
        }
        var step = Objects.requireNonNull(of.step());
        var order = new SanitizeOrder(
                sanitizing.step(),
                step.as() == SanitizeStep.As.Superuser,
                step.runsAsOneTransaction(),
                seconds(Objects.requireNonNull(step.timeout(), "noted before the cut")),
                Objects.requireNonNull(step.database(), "noted before the cut"),
                sql);
        draft.sanitizing.running(sanitizing.step(), draft.now());
        var meta = pod.get().getMetadata();
        var trouble = seen.sanitizing().orElse(null) instanceof Progress.Failed<ScriptStatus>(String message)
                ? ", which is tried again: " + message
                : sanitizing.partial() ? ", of which a part may have been done before: it is not one transaction" : "";
        return new Outcome(
                List.of(
                        new Action.PersistIntent(),
                        new Action.Sanitize(
                                new Action.SanitizeKey(Owner.of(fork), meta.getUid(), sanitizing.step()),
                                meta.getName(),
                                order)),
                Optional.of(sanitizing("Running " + describe(of) + trouble)));
    }

    private static Outcome failed(SanitizeStepStatus step, String why) {
        return Outcome.waiting(new Wait(
                FAILED,
                FAILED,
                describe(step) + " failed: " + why + ". Nobody can connect; correct " + source(step)
                        + " and the fork goes on with this step",
                true));
    }

    /** By line and code, and never by data. */
    private static String explain(Sanitizing sanitizing) {
        var text = new StringBuilder();
        if (sanitizing.line() != null) {
            text.append("the statement at line ").append(sanitizing.line());
        }
        if (sanitizing.message() != null) {
            text.append(text.isEmpty() ? "" : ", ").append(sanitizing.message());
        }
        if (sanitizing.sqlstate() != null) {
            text.append(text.isEmpty() ? "" : ", ").append("SQLSTATE ").append(sanitizing.sqlstate());
        }
        return text.append(
                        sanitizing.partial()
                                ? ". What it did before that stays, since it is not one transaction"
                                : ". Nothing of it was kept")
                .toString();
    }

    private static Wait sanitizing(String message) {
        return Wait.forReason(AT_WORK, message);
    }

    private static String describe(SanitizeStepStatus of) {
        var step = Objects.requireNonNull(of.step());
        return "sanitize step " + step.name() + " ("
                + (of.origin() == SanitizeStepStatus.Origin.Own ? "its own" : "of its source") + ")";
    }

    private static String source(SanitizeStepStatus of) {
        var step = Objects.requireNonNull(of.step());
        return (step.configMap() != null ? "ConfigMap " : "Secret ") + of.namespace() + "/"
                + step.source().name();
    }

    private static Duration seconds(String text) {
        return Duration.parse("PT" + text.toUpperCase(Locale.ROOT));
    }

    /** Whether a step is under way, by what the status says. */
    static boolean isAtWork(@Nullable List<Condition> conditions) {
        return Conditions.find(conditions, "Sanitized")
                .filter(condition -> AT_WORK.equals(condition.getReason()))
                .isPresent();
    }

    /** How far a step is, for those who look at it. */
    static boolean isDone(SanitizeStepStatus step) {
        return step.state() == State.Done;
    }
}
