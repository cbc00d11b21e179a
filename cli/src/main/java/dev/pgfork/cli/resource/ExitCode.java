package dev.pgfork.cli.resource;

/** What scripts can tell apart. A program that was run (psql) says its own. */
public final class ExitCode {
    public static final int OK = 0;
    /** It could not be done: refused by the API server, no such resource, not confirmed. */
    public static final int ERROR = 1;
    /** Wrong options. */
    public static final int USAGE = 2;
    /** What was waited for does not come unless somebody does something: Stalled, Refused, Aborted. */
    public static final int FAILED = 3;
    /** What was waited for had not come when the time was over; it may still. */
    public static final int TIMEOUT = 4;

    private ExitCode() {}
}
