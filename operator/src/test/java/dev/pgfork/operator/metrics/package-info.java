/** Tests of the package of the same name. */
@NullMarked
package dev.pgfork.operator.metrics;

import org.jspecify.annotations.NullMarked;
