package dev.pgfork.operator.standby;

/** How a follower stands with its leader. */
public sealed interface Standing {

    /** CamelCase. */
    String reason();

    /** For people. How far it lags is not in it: a message that always changes would be a status that always does. */
    String message();

    /** It streams, on its leader's timeline, and lags no more than it may: clients may read from it. */
    record InStep(long bytes) implements Standing {
        @Override
        public String reason() {
            return "Streaming";
        }

        @Override
        public String message() {
            return "The instance streams; its lag in the status says how far it is behind";
        }
    }

    /** It streams, but clients must not read from it. */
    record Behind(String reason, String message) implements Standing {}

    /**
     * It does not stream, or that could not be seen. Waiting or a person helps; another volume might not, and what it
     * has may be all that is left.
     */
    record Away(String reason, String message) implements Standing {}

    /** It does not stream because it has no slot: making one again may be enough. */
    record Detached(String reason, String message) implements Standing {}

    /**
     * It can never stream again with the volume that it has: it needs a copy of its leader's.
     *
     * @param keepVolume the volume may hold commits that the primary does not have: it must not be deleted
     */
    record Beyond(String reason, String message, boolean keepVolume) implements Standing {}
}
