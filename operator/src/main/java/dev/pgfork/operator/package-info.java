/**
 * The program: reads its configuration, builds the object graph by hand, starts and stops it. No decision about a
 * database or a fork is taken here.
 */
@NullMarked
package dev.pgfork.operator;

import org.jspecify.annotations.NullMarked;
