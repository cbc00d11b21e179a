package dev.pgfork.api.v1alpha1;

import io.fabric8.kubernetes.api.model.Condition;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What is known of a database.
 *
 * @param primary name of the instance that is the primary: the database's own name, or a follower's
 * @param epoch rises with every change of the primary, and with every attempt at one
 * @param promotion the last command in {@code spec.promote} that was handled
 * @param changeover the move of the primary role that is being made; {@code null}: none
 * @param followers number of followers of this database, not counting those that were unfollowed
 * @param forks number of forks that were made of this database and exist
 * @param synchronous for whom the primary's commits wait
 * @param lastSeen where the primary was when it was last seen; a failover is measured by it
 * @param outage the primary is known to be down
 * @param failover the last one that promoted somebody
 * @param ownInstance the database's own instance as one that follows, or was removed; {@code null}: it never did
 * @param configuration of the database's own instance; {@code null}: its server was not seen to run yet
 */
public record PostgresDatabaseStatus(
        @Nullable DatabasePhase phase,
        @Nullable List<Condition> conditions,
        @Nullable Long observedGeneration,
        @Nullable InstanceStatus instance,
        @Nullable BindingStatus binding,
        @Nullable String primary,
        @Nullable Long epoch,
        @Nullable PromotionStatus promotion,
        @Nullable ChangeoverStatus changeover,
        @Nullable Integer followers,
        @Nullable Integer forks,
        @Nullable SynchronousStatus synchronous,
        @Nullable PrimaryPosition lastSeen,
        @Nullable PrimaryOutage outage,
        @Nullable LastFailover failover,
        @Nullable OwnInstanceStatus ownInstance,
        @Nullable ConfigurationStatus configuration) {

    public static final PostgresDatabaseStatus EMPTY = new PostgresDatabaseStatus(
            null, null, null, null, null, null, null, null, null, null, null, null, null, null, null, null, null);

    /** The same with other settings noted. */
    public PostgresDatabaseStatus withConfiguration(@Nullable ConfigurationStatus noted) {
        return new PostgresDatabaseStatus(
                phase,
                conditions,
                observedGeneration,
                instance,
                binding,
                primary,
                epoch,
                promotion,
                changeover,
                followers,
                forks,
                synchronous,
                lastSeen,
                outage,
                failover,
                ownInstance,
                noted);
    }
}
