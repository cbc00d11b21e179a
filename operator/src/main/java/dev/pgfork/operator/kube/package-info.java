/**
 * The doors to the Kubernetes API: writing objects, publishing events, running commands in pods. Nothing else changes
 * anything in the cluster.
 */
@NullMarked
package dev.pgfork.operator.kube;

import org.jspecify.annotations.NullMarked;
