package dev.pgfork.operator.action;

import dev.pgfork.operator.kube.ApiErrors;

/**
 * An action that could not be done. The message names what and why, for a condition; the actions after it were not
 * begun, unless it is one of {@link Refusals}.
 */
public final class ActionFailedException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final transient Action action;

    public ActionFailedException(Action action, RuntimeException cause) {
        super("cannot " + ActionText.of(action) + ": " + ApiErrors.message(cause), cause);
        this.action = action;
    }

    public Action action() {
        return action;
    }
}
