/**
 * The cluster as a test sees it: a namespace, its resources, pods and their shells, the operator. Every wait is for a
 * condition, and one that does not come true says what the cluster looked like.
 */
@NullMarked
package dev.pgfork.e2e.cluster;

import org.jspecify.annotations.NullMarked;
