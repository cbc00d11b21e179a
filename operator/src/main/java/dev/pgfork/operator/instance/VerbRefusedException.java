package dev.pgfork.operator.instance;

/** The instance script was reached and answered that it does not or cannot do what was asked. */
public final class VerbRefusedException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final String reason;

    /** @param reason CamelCase, as the script gives it */
    public VerbRefusedException(String reason, String message) {
        super(message);
        this.reason = reason;
    }

    public String reason() {
        return reason;
    }
}
