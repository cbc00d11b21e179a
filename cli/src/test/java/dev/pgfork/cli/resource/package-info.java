/** Tests of pure functions. */
@NullMarked
package dev.pgfork.cli.resource;

import org.jspecify.annotations.NullMarked;
