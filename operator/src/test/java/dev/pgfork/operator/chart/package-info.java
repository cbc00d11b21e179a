/**
 * The Helm chart, rendered in-process by Helm's own code: no helm binary and no cluster is needed. What the operator
 * may do (RBAC) is compared with what it does.
 */
@NullMarked
package dev.pgfork.operator.chart;

import org.jspecify.annotations.NullMarked;
