/**
 * What planners can ask for, and the one place where it is done. Actions are data: they can be logged, compared and
 * counted in tests.
 */
@NullMarked
package dev.pgfork.operator.action;

import org.jspecify.annotations.NullMarked;
