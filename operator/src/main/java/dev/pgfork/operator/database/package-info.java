/** PostgresDatabase: from event to status. The planner's Javadoc is the table of its states. */
@NullMarked
package dev.pgfork.operator.database;

import org.jspecify.annotations.NullMarked;
