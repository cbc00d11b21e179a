/** PostgresFork: from event to status. The planner's Javadoc is the table of its states. */
@NullMarked
package dev.pgfork.operator.fork;

import org.jspecify.annotations.NullMarked;
