/** What pgfork knows of Postgres and the SQL that it speaks. Nothing in here knows of Kubernetes. */
@NullMarked
package dev.pgfork.operator.postgres;

import org.jspecify.annotations.NullMarked;
