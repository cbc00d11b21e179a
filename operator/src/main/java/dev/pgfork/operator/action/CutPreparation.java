package dev.pgfork.operator.action;

import dev.pgfork.operator.postgres.ForkSafety;
import dev.pgfork.operator.postgres.Lsn;
import dev.pgfork.operator.postgres.ReplicationReport.Standby;
import org.jspecify.annotations.Nullable;

/**
 * What the work before a cut found.
 *
 * @param marker everything committed before the request lies before it; {@code null} if the source must not be cut
 * @param checkpointed false if it was skipped or did not end in time
 * @param standby how far it was, if it is one; {@code null}: a primary, or it must not be cut
 */
public record CutPreparation(
        ForkSafety safety,
        @Nullable Lsn marker,
        boolean checkpointed,
        @Nullable Standby standby) {}
