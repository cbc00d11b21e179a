package dev.pgfork.operator.instance;

import java.time.Duration;

/**
 * A sanitize step to be run in the private phase of an instance.
 *
 * @param step its place among all, from 1
 * @param superuser whether postgres runs it, or the role that owns the database
 * @param transaction whether it is to be one
 * @param timeout whole seconds
 */
public record SanitizeOrder(
        int step, boolean superuser, boolean transaction, Duration timeout, String database, SanitizeSql sql) {}
