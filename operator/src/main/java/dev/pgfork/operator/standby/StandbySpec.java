package dev.pgfork.operator.standby;

import dev.pgfork.api.v1alpha1.EffectiveSettings;
import dev.pgfork.api.v1alpha1.InstanceSpec;
import dev.pgfork.operator.instance.InstanceTemplate;
import dev.pgfork.operator.storage.SourceVolume;
import java.util.Map;
import java.util.Optional;

/** What a resource wants of its instance while that follows another one. */
public interface StandbySpec {

    /** The instance block as it is written. */
    InstanceSpec block();

    /**
     * Fills in what the standby inherits: all settings, for its data are the leader's.
     *
     * @param volume of the primary; empty: not known yet, or it is not what the standby is made of
     */
    EffectiveSettings effective(LeaderInstance leader, Optional<SourceVolume> volume);

    /** For what is made before the copy and does not depend on it. */
    InstanceTemplate early(int generation, EffectiveSettings effective, LeaderInstance leader);

    /** @return the template as it was noted before the copy; empty: nothing is noted yet, or there is no leader */
    Optional<InstanceTemplate> recorded(StandbyDraft<?> draft, Optional<LeaderInstance> leader);

    /**
     * All settings that are wanted of it, inherited ones among them; those that it may use already are the template's.
     */
    Map<String, String> parameters(StandbyDraft<?> draft);

    /** The resource that is followed: kind, namespace and name, for people. */
    String leader();

    /** How many bytes it may be behind and still serve reads. */
    long maxLag();
}
