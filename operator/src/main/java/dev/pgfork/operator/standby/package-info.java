/**
 * The life of an instance that follows another one, be it a follower's or a database's own: slot, copy, streaming, and
 * a next generation when it can follow no more. Whose instance it is and where that is written down, the features know.
 */
@NullMarked
package dev.pgfork.operator.standby;

import org.jspecify.annotations.NullMarked;
