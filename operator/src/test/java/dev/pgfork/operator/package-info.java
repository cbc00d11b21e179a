/** Tests of the program, and of how its parts play together. */
@NullMarked
package dev.pgfork.operator;

import org.jspecify.annotations.NullMarked;
