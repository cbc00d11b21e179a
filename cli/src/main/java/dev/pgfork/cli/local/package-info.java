/** The person's own machine: the terminal and the programs that are run on it. */
@NullMarked
package dev.pgfork.cli.local;

import org.jspecify.annotations.NullMarked;
