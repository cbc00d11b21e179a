package dev.pgfork.operator.fork;

import dev.pgfork.operator.instance.InstanceNames;
import dev.pgfork.operator.instance.InstanceTemplate;
import dev.pgfork.operator.kube.Owner;
import dev.pgfork.operator.postgres.ForkSafety;
import dev.pgfork.operator.postgres.Lsn;
import java.util.List;
import java.util.Optional;

/**
 * What a fork needs to know of its source, whatever kind that is.
 *
 * @param template the source's instance block, resolved, in the role that the instance that is cut should have; forks
 *     inherit from it; empty: not known yet
 * @param instance whose volume is cut: of a database the primary's, which may be a follower's
 * @param names of that instance
 * @param stopped it has no server, and needs none to be cut
 * @param serves whether the source's own Ready condition is true, or it is stopped; there is a template then
 * @param reason CamelCase, why it cannot be forked now
 * @param trouble why it does not serve, for people
 * @param rules what it demands of its forks
 * @param consent where they may be made, and how many
 */
public record SourceInstance(
        Optional<InstanceTemplate> template,
        Owner instance,
        InstanceNames names,
        Optional<Stopped> stopped,
        boolean serves,
        String reason,
        String trouble,
        SanitizeRules rules,
        ForkConsent consent) {

    /** Of the masked copy in the place of a source: it is not stopped, or has not passed all that is demanded now. */
    public static final String MASKED_COPY_NOT_READY = "MaskedCopyNotReady";

    /** Whether it is the masked copy in the place of the source that was asked for. */
    boolean isMaskedCopy() {
        return reason.equals(MASKED_COPY_NOT_READY);
    }

    /**
     * Where a server was when it was stopped, and so where its volume is. What it would say of itself before and after
     * the cut was noted then, and nothing has run on the volume since.
     *
     * @param position end of a committed WAL record, just before the stop
     */
    public record Stopped(String systemIdentifier, Lsn position, int timeline) {
        /** What the server said: it was not stopped for forks if it could not be cut. */
        ForkSafety safety(Owner instance) {
            return new ForkSafety(
                    instance.uid(), systemIdentifier, timeline, false, true, true, "replica", false, List.of());
        }
    }

    /** A source that is cut itself. */
    public SourceInstance(InstanceTemplate template, boolean serves, String trouble) {
        this(
                Optional.of(template),
                template.owner(),
                template.names(),
                Optional.empty(),
                serves,
                "SourceNotReady",
                trouble);
    }

    /** A source that demands nothing of its forks. */
    public SourceInstance(
            Optional<InstanceTemplate> template,
            Owner instance,
            InstanceNames names,
            Optional<Stopped> stopped,
            boolean serves,
            String reason,
            String trouble) {
        this(
                template,
                instance,
                names,
                stopped,
                serves,
                reason,
                trouble,
                SanitizeRules.NONE,
                ForkConsent.ofOrigin(instance.namespace(), null));
    }

    /** The same with what its data's owner demands. */
    public SourceInstance with(SanitizeRules demanded) {
        return new SourceInstance(template, instance, names, stopped, serves, reason, trouble, demanded, consent);
    }

    /** The same with what its data's owner allows. */
    public SourceInstance with(ForkConsent allowed) {
        return new SourceInstance(template, instance, names, stopped, serves, reason, trouble, rules, allowed);
    }
}
