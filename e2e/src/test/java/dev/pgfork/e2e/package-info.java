/**
 * What pgfork promises, tried on a real cluster with the operator installed: one class per promise, each in a namespace
 * of its own. {@code make e2e TEST=ForkUnderLoadIT} runs one of them.
 */
@NullMarked
package dev.pgfork.e2e;

import org.jspecify.annotations.NullMarked;
