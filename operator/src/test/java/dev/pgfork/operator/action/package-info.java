/** Tests of the package of the same name. */
@NullMarked
package dev.pgfork.operator.action;

import org.jspecify.annotations.NullMarked;
