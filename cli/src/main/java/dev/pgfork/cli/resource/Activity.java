package dev.pgfork.cli.resource;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What one connection to a server does: a row of {@code pg_stat_activity}.
 *
 * @param state of the connection; {@code null}: the server does not tell
 * @param seconds since its statement began, or since it is idle
 * @param waitsFor what an active one waits for; {@code null}: nothing
 * @param blockedBy process ids of those who hold what it waits for
 */
public record Activity(
        int pid,
        @Nullable String user,
        @Nullable String database,
        @Nullable String application,
        @Nullable String client,
        @Nullable String state,
        double seconds,
        @Nullable String waitsFor,
        List<Integer> blockedBy,
        String query) {}
