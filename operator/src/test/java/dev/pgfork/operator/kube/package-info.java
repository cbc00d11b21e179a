/** Tests of the package of the same name. */
@NullMarked
package dev.pgfork.operator.kube;

import org.jspecify.annotations.NullMarked;
