/** Tests of what pgfork knows of Postgres; those tagged {@code postgres} run it. */
@NullMarked
package dev.pgfork.operator.postgres;

import org.jspecify.annotations.NullMarked;
