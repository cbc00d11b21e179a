package dev.pgfork.operator.fork;

import dev.pgfork.operator.instance.InstanceTemplate;

/**
 * What a fork needs to know of its source, whatever kind that is.
 *
 * @param template the source's instance block, resolved
 * @param serves whether the source's own Ready condition is true
 * @param trouble why it does not serve, for people
 */
public record SourceInstance(InstanceTemplate template, boolean serves, String trouble) {}
