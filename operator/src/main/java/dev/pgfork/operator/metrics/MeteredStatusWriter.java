package dev.pgfork.operator.metrics;

import dev.pgfork.api.v1alpha1.PostgresForkStatus;
import dev.pgfork.operator.status.StatusWriter;
import io.fabric8.kubernetes.client.CustomResource;
import io.javaoperatorsdk.operator.api.reconciler.Context;
import org.jspecify.annotations.Nullable;

/** Times the steps of a fork at the moment when its status says for the first time that it is ready. */
public final class MeteredStatusWriter implements StatusWriter {
    private final StatusWriter writer;
    private final Meters meters;

    public MeteredStatusWriter(StatusWriter writer, Meters meters) {
        this.writer = writer;
        this.meters = meters;
    }

    @Override
    public <S, R extends CustomResource<?, S>> boolean write(R resource, S status, Context<R> context) {
        var written = writer.write(resource, status, context);
        if (written) {
            count(resource.getStatus(), status);
        }
        return written;
    }

    @Override
    public <S, R extends CustomResource<?, S>> R persist(R resource, S status, Context<R> context) {
        var written = writer.persist(resource, status, context);
        if (!written.equals(resource)) {
            count(resource.getStatus(), status);
        }
        return written;
    }

    @Override
    public <R extends CustomResource<?, ?>> R newest(R observed, Context<R> context) {
        return writer.newest(observed, context);
    }

    private void count(@Nullable Object before, Object after) {
        if (after instanceof PostgresForkStatus now
                && now.timings() != null
                && now.timings().ready() != null
                && !wasReady(before)) {
            meters.forkReady(now.timings());
        }
    }

    private static boolean wasReady(@Nullable Object before) {
        return before instanceof PostgresForkStatus status
                && status.timings() != null
                && status.timings().ready() != null;
    }
}
