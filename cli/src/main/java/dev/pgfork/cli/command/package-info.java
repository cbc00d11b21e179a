/**
 * The verbs, one class each: they read options, decide, and say what happened. They reach the cluster, the terminal and
 * local programs only through the {@link dev.pgfork.cli.command.Environment} that they are given.
 */
@NullMarked
package dev.pgfork.cli.command;

import org.jspecify.annotations.NullMarked;
