/**
 * The Kubernetes API: the only place that reads, watches and writes it, and that runs something in a pod. Everything is
 * done with the rights of the person who calls the plugin.
 */
@NullMarked
package dev.pgfork.cli.cluster;

import org.jspecify.annotations.NullMarked;
