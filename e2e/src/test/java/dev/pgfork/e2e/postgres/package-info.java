/**
 * Postgres as its users see it: logins from Secrets over verified TLS, a client that remembers what was acknowledged, a
 * load.
 */
@NullMarked
package dev.pgfork.e2e.postgres;

import org.jspecify.annotations.NullMarked;
