/**
 * A cluster in the test's process: an API server with server-side apply, controllers that do what Kubernetes, a CSI
 * driver and the instance script would do, and switches to make them fail. Nothing in it knows of pgfork's decisions.
 */
@NullMarked
package dev.pgfork.operator.mock;

import org.jspecify.annotations.NullMarked;
