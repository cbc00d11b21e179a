package dev.pgfork.operator.standby;

import dev.pgfork.api.v1alpha1.EffectiveSettings;
import dev.pgfork.api.v1alpha1.InstanceStatus;
import dev.pgfork.operator.instance.InstanceObservation;
import dev.pgfork.operator.instance.InstanceTemplate;
import dev.pgfork.operator.postgres.ForkSafety;

/** What is noted of a standby's instance: each method says what changes, and the rest stays. */
final class InstanceNotes {
    static final InstanceStatus NONE = new InstanceStatus(null, null, null, null, null, null, null);

    private static final String STANDBY = "standby";

    private InstanceNotes() {}

    /** It is to be a copy of that server. */
    static InstanceStatus copyOf(ForkSafety source, EffectiveSettings settings, int generation, InstanceStatus noted) {
        return new InstanceStatus(
                settings.image(),
                noted.serverVersion(),
                source.systemIdentifier(),
                source.timeline(),
                STANDBY,
                noted.epoch(),
                generation);
    }

    /** What is the server's: as it says, or as it was. */
    static InstanceStatus seen(InstanceObservation seen, InstanceTemplate template, InstanceStatus noted) {
        var report = seen.server().found();
        return new InstanceStatus(
                seen.image().orElse(template.image()),
                report.map(r -> r.version()).orElse(noted.serverVersion()),
                report.map(r -> r.systemIdentifier()).orElse(noted.systemIdentifier()),
                report.map(r -> (Integer) r.timeline()).orElse(noted.timeline()),
                report.map(r -> r.inRecovery() ? STANDBY : StandbyDraft.PRIMARY).orElse(noted.role()),
                template.epoch(),
                template.generation());
    }

    static InstanceStatus inRole(String role, InstanceStatus noted) {
        return new InstanceStatus(
                noted.image(),
                noted.serverVersion(),
                noted.systemIdentifier(),
                noted.timeline(),
                role,
                noted.epoch(),
                noted.generation());
    }

    static InstanceStatus ofGeneration(int generation, InstanceStatus noted) {
        return new InstanceStatus(
                noted.image(),
                noted.serverVersion(),
                noted.systemIdentifier(),
                noted.timeline(),
                noted.role(),
                noted.epoch(),
                generation);
    }

    /** A new volume, of which only the system is known. */
    static InstanceStatus rebuilt(int generation, InstanceStatus noted) {
        return new InstanceStatus(
                noted.image(),
                noted.serverVersion(),
                noted.systemIdentifier(),
                null,
                STANDBY,
                noted.epoch(),
                generation);
    }
}
