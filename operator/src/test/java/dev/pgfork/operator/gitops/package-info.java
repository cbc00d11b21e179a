/**
 * What tools of GitOps make of pgfork's resources: the scripts for Argo CD in {@code examples/argocd}, run on statuses
 * that were recorded from a cluster. The tools themselves are not there.
 */
@NullMarked
package dev.pgfork.operator.gitops;

import org.jspecify.annotations.NullMarked;
