package dev.pgfork.operator.action;

import dev.pgfork.operator.instance.InstanceVerbs;
import dev.pgfork.operator.instance.ReplicationNames;
import dev.pgfork.operator.postgres.Server;
import java.time.Duration;
import java.util.concurrent.Callable;

/**
 * What shortens the time without a primary. The slots come before the CHECKPOINT, so that little is written between
 * that and the fence, whose own checkpoint has to write the rest.
 */
record ChangeoverPreparer(Server server, InstanceVerbs verbs, Action.PrepareChangeover preparation)
        implements Callable<Boolean> {

    private static final Duration CHECKPOINT_DEADLINE = Duration.ofSeconds(90);

    @Override
    public Boolean call() {
        var namespace = preparation.key().database().namespace();
        for (var slot : preparation.slots()) {
            verbs.sql(namespace, preparation.targetPod(), "postgres", creation(slot));
        }
        if (!server.checkpoint(preparation.primary(), CHECKPOINT_DEADLINE)) {
            throw new IllegalStateException("CHECKPOINT on the primary took longer than %d s: nothing was changed."
                            .formatted(CHECKPOINT_DEADLINE.toSeconds())
                    + " Try again when less is written");
        }
        return true;
    }

    /**
     * A standby can have physical slots. WAL is kept from now on: whoever follows needs what comes after the fence. A
     * slot of an earlier attempt would keep WAL from then on, or may have lost it.
     */
    private static String creation(String slot) {
        if (!ReplicationNames.isOurs(slot)) {
            throw new IllegalArgumentException("not a slot of pgfork: " + slot);
        }
        return """
                SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots
                 WHERE slot_name = '%1$s' AND slot_type = 'physical' AND NOT active AND pg_is_in_recovery();
                SELECT pg_create_physical_replication_slot('%1$s', true)
                 WHERE NOT EXISTS (SELECT FROM pg_replication_slots WHERE slot_name = '%1$s');
                """.formatted(slot);
    }
}
