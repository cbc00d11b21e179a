package dev.pgfork.operator.fork;

import dev.pgfork.operator.instance.InstanceNames;
import dev.pgfork.operator.instance.InstanceTemplate;
import dev.pgfork.operator.kube.Owner;
import java.util.Optional;

/**
 * What a fork needs to know of its source, whatever kind that is.
 *
 * @param template the source's instance block, resolved, in the role that the instance that is cut should have; forks
 *     inherit from it; empty: not known yet
 * @param instance whose volume is cut: of a database the primary's, which may be a follower's
 * @param names of that instance
 * @param serves whether the source's own Ready condition is true; there is a template then
 * @param reason CamelCase, why it cannot be forked now
 * @param trouble why it does not serve, for people
 */
public record SourceInstance(
        Optional<InstanceTemplate> template,
        Owner instance,
        InstanceNames names,
        boolean serves,
        String reason,
        String trouble) {

    /** A source that is cut itself. */
    public SourceInstance(InstanceTemplate template, boolean serves, String trouble) {
        this(Optional.of(template), template.owner(), template.names(), serves, "SourceNotReady", trouble);
    }
}
