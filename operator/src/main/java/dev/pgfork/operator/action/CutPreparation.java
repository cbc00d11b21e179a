package dev.pgfork.operator.action;

import dev.pgfork.operator.postgres.ForkSafety;
import dev.pgfork.operator.postgres.Lsn;
import org.jspecify.annotations.Nullable;

/**
 * What the work before a cut found.
 *
 * @param marker everything committed before the request lies before it; {@code null} if the source must not be cut
 * @param checkpointed false if it was skipped or did not end in time
 */
public record CutPreparation(ForkSafety safety, @Nullable Lsn marker, boolean checkpointed) {}
