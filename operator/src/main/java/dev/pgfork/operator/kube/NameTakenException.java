package dev.pgfork.operator.kube;

/** An object that pgfork would have to make is there already and belongs to somebody else. */
public final class NameTakenException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    public NameTakenException(String message) {
        super(message);
    }
}
