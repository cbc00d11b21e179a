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
     * @throws io.fabric8.kubernetes.client.KubernetesClientException 409 if somebody has changed the resource since the
     *     newest version that is known here
     */
    <S, R extends CustomResource<?, S>> boolean write(R resource, S status, Context<R> context);

    /**
     * As {@link #write}, before something that cannot be undone: it fails if anybody has changed the resource since it
     * was observed. An operator that has not heard yet what another one wrote must not act on what it knows.
     *
     * @return the resource as it is now
     * @throws io.fabric8.kubernetes.client.KubernetesClientException 409 if it was changed
     */
    <S, R extends CustomResource<?, S>> R persist(R resource, S status, Context<R> context);

    /** The resource with the status that was written last, even if the informer is late. */
    <R extends CustomResource<?, ?>> R newest(R observed, Context<R> context);
}
