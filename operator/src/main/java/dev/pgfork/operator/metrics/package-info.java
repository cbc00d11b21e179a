/** What the operator tells of itself over HTTP: health, readiness and metrics. It reads; it never decides. */
@NullMarked
package dev.pgfork.operator.metrics;

import org.jspecify.annotations.NullMarked;
