package dev.pgfork.operator.status;

import io.fabric8.kubernetes.client.CustomResource;
import io.javaoperatorsdk.operator.api.reconciler.Context;

/** The only one who writes the status of a custom resource. */
public interface StatusWriter {

    /**
     * Writes the whole status by server-side apply, unless it is what the resource has already. The next reconciliation
     * sees it, even if the informer is late.
     *
     * @param resource as it was observed; it is not changed
     * @return whether it was written; false: the resource has it already, or is gone
     */
    <S, R extends CustomResource<?, S>> boolean write(R resource, S status, Context<R> context);
}
