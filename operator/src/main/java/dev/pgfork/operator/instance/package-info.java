/**
 * One Postgres server with its pod and volume: what its objects look like, what its script says and what is wrong with
 * it. Features put instances together; nothing in here knows of databases or forks.
 */
@NullMarked
package dev.pgfork.operator.instance;

import org.jspecify.annotations.NullMarked;
