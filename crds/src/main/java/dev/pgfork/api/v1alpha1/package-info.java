/**
 * The custom resources of pgfork (group {@code pgfork.dev}, version {@code v1alpha1}) as immutable records. The CRDs
 * are generated from these classes, so what a user may write and what is refused by the API server is decided here.
 */
@NullMarked
package dev.pgfork.api.v1alpha1;

import org.jspecify.annotations.NullMarked;
