/**
 * What every copy of another instance has in common, be it a fork or a follower: the look at the source, what is
 * inherited from it, and the check that it was the same before and after the snapshot.
 */
@NullMarked
package dev.pgfork.operator.cut;

import org.jspecify.annotations.NullMarked;
