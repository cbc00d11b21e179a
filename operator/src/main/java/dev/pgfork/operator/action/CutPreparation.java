package dev.pgfork.operator.action;

import dev.pgfork.operator.postgres.ForkSafety;
import dev.pgfork.operator.postgres.Lsn;

/**
 * What the work before a cut found.
 *
 * @param marker everything committed before the request lies before it
 * @param checkpointed false if it was skipped or did not end in time
 */
public record CutPreparation(ForkSafety safety, Lsn marker, boolean checkpointed) {}
