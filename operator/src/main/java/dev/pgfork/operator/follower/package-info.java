/** PostgresFollower: how a follower stands with its leader. What is decided from it is never decided without it. */
@NullMarked
package dev.pgfork.operator.follower;

import org.jspecify.annotations.NullMarked;
