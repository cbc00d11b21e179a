/** PostgresFollower: from event to status. The planner's Javadoc is the table of its states. */
@NullMarked
package dev.pgfork.operator.follower;

import org.jspecify.annotations.NullMarked;
