package dev.pgfork.operator.status;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.NullNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.fabric8.kubernetes.api.model.ObjectMetaBuilder;
import io.fabric8.kubernetes.client.CustomResource;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import io.fabric8.kubernetes.client.utils.KubernetesSerialization;
import io.javaoperatorsdk.operator.OperatorException;
import io.javaoperatorsdk.operator.api.reconciler.Context;
import io.javaoperatorsdk.operator.api.reconciler.PrimaryUpdateAndCacheUtils;
import io.javaoperatorsdk.operator.processing.event.ResourceID;
import java.net.HttpURLConnection;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** Applies the status with a fresh object, which holds nothing but its name, and puts the answer in the cache. */
public final class SsaStatusWriter implements StatusWriter {

    /** To overcome a conflict would be to write over what somebody else wrote, and knew more. */
    private static final int NO_RETRIES = 0;

    private static final long CACHE_TIMEOUT = 10_000;

    private static final long CACHE_POLL = 50;

    @Override
    public <S, R extends CustomResource<?, S>> boolean write(R resource, S status, Context<R> context) {
        var newest = newest(resource, context);
        try {
            return !put(newest, status, context).equals(newest);
        } catch (KubernetesClientException e) {
            if (e.getCode() != HttpURLConnection.HTTP_NOT_FOUND) {
                throw e;
            }
            // Deleted meanwhile: there is nobody left to tell.
            return false;
        }
    }

    @Override
    public <S, R extends CustomResource<?, S>> R persist(R resource, S status, Context<R> context) {
        return put(resource, status, context);
    }

    /** @return the same resource if it has that status already */
    private static <S, R extends CustomResource<?, S>> R put(R resource, S status, Context<R> context) {
        var serialization = context.getClient().getKubernetesSerialization();
        if (comparable(resource.getStatus(), serialization).equals(comparable(status, serialization))) {
            return resource;
        }
        try {
            return PrimaryUpdateAndCacheUtils.updateAndCacheResource(
                    resource,
                    context,
                    any -> fresh(resource, status, serialization),
                    fresh -> patched(fresh, context),
                    NO_RETRIES,
                    CACHE_TIMEOUT,
                    CACHE_POLL);
        } catch (OperatorException e) {
            if (e.getCause() instanceof KubernetesClientException refused) {
                throw refused;
            }
            throw e;
        }
    }

    private static <R extends CustomResource<?, ?>> R patched(R fresh, Context<R> context) {
        return context.getClient()
                .resource(fresh)
                .subresource("status")
                .patch(new PatchContext.Builder()
                        .withForce(true)
                        .withFieldManager(context.getControllerConfiguration().fieldManager())
                        .withPatchType(PatchType.SERVER_SIDE_APPLY)
                        .build());
    }

    @Override
    public <R extends CustomResource<?, ?>> R newest(R observed, Context<R> context) {
        return context.getPrimaryCache()
                .get(ResourceID.fromResource(observed))
                .filter(cached -> Objects.equals(
                        cached.getMetadata().getUid(), observed.getMetadata().getUid()))
                .orElse(observed);
    }

    private static <S, R extends CustomResource<?, S>> R fresh(
            R resource, S status, KubernetesSerialization serialization) {
        var fresh = serialization.clone(resource);
        fresh.setMetadata(new ObjectMetaBuilder()
                .withNamespace(resource.getMetadata().getNamespace())
                .withName(resource.getMetadata().getName())
                .build());
        fresh.setSpec(null);
        fresh.setStatus(status);
        return fresh;
    }

    /** As the API server would store it, but for when conditions changed: the time alone is no news. */
    private static JsonNode comparable(@Nullable Object status, KubernetesSerialization serialization) {
        var json = serialization.convertValue(status, JsonNode.class);
        if (json == null) {
            return NullNode.getInstance();
        }
        for (var condition : json.path("conditions")) {
            ((ObjectNode) condition).remove("lastTransitionTime");
        }
        return json;
    }
}
