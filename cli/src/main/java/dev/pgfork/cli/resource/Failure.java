package dev.pgfork.cli.resource;

/** What was asked for cannot be had; the message is for the person who asked. */
public final class Failure extends RuntimeException {
    private final int exitCode;

    public Failure(String message) {
        this(ExitCode.ERROR, message);
    }

    public Failure(int exitCode, String message) {
        super(message);
        this.exitCode = exitCode;
    }

    public int exitCode() {
        return exitCode;
    }
}
