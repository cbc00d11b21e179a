package dev.pgfork.cli.resource;

/** How far something is. */
public sealed interface Progress {

    /** What was waited for is there. */
    record Reached(String text) implements Progress {}

    /**
     * On its way, by itself.
     *
     * @param reason CamelCase; may be empty, as the message
     */
    record Going(String phase, String reason, String message) implements Progress {}

    /** It does not get there unless somebody does something. */
    record Failed(String reason, String message) implements Progress {}
}
