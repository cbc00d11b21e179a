package dev.pgfork.operator.fork;

import dev.pgfork.operator.instance.InstanceNames;
import dev.pgfork.operator.instance.InstanceTemplate;
import dev.pgfork.operator.kube.Owner;

/**
 * What a fork needs to know of its source, whatever kind that is.
 *
 * @param template the source's instance block, resolved; forks inherit from it
 * @param instance whose volume is cut: the primary's, which may be a follower's
 * @param names of that instance
 * @param serves whether the source's own Ready condition is true
 * @param trouble why it does not serve, for people
 */
public record SourceInstance(
        InstanceTemplate template, Owner instance, InstanceNames names, boolean serves, String trouble) {

    /** A source whose own instance is the primary. */
    public SourceInstance(InstanceTemplate template, boolean serves, String trouble) {
        this(template, template.owner(), template.names(), serves, trouble);
    }
}
