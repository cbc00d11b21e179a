/** Tests of the package of the same name. */
@NullMarked
package dev.pgfork.operator.status;

import org.jspecify.annotations.NullMarked;
