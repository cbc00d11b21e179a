/**
 * The verbs, run against an API server in the test's process; what they print is compared with files in {@code golden}.
 */
@NullMarked
package dev.pgfork.cli;

import org.jspecify.annotations.NullMarked;
