package dev.pgfork.operator.kube;

import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Runs a command in a pod's only container. */
public interface PodExec {

    /**
     * @param stdin sent as it is and never closed: the WebSocket channel cannot signal an end of file
     * @param timeout after which the call is given up
     * @throws ExecFailedException if the command could not be run or did not end in time
     */
    Result run(String namespace, String pod, List<String> command, byte[] stdin, Duration timeout);

    /**
     * Starts a command that says something as soon as it has read what it is told, and then ends by itself.
     *
     * @throws ExecFailedException if the command could not be started
     */
    Started start(String namespace, String pod, List<String> command);

    /** A command that waits for its standard input. */
    interface Started extends AutoCloseable {

        /**
         * @return whether the command said anything within the time; if not, it is not known whether it will
         * @throws ExecFailedException if it has ended, or cannot be reached
         */
        boolean tell(byte[] stdin, Duration patience);

        /** @throws ExecFailedException if the end of the command was not seen in time */
        Result end(Duration timeout);

        boolean hasEnded();

        /** Gives the command up if it has not ended; it is not ended by that. */
        @Override
        void close();
    }

    /** @param exitCode of the command */
    record Result(int exitCode, String stdout, String stderr) {}

    /** The command could not be run, or its end was not seen: what it did is not known. */
    final class ExecFailedException extends RuntimeException {
        private static final long serialVersionUID = 1L;

        public ExecFailedException(String message, @Nullable Throwable cause) {
            super(message, cause);
        }
    }
}
