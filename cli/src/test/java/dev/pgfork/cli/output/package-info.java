/** Tests of pure functions. */
@NullMarked
package dev.pgfork.cli.output;

import org.jspecify.annotations.NullMarked;
