package dev.pgfork.operator.status;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.NullNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.fabric8.kubernetes.api.model.ObjectMetaBuilder;
import io.fabric8.kubernetes.client.CustomResource;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.utils.KubernetesSerialization;
import io.javaoperatorsdk.operator.api.reconciler.Context;
import io.javaoperatorsdk.operator.api.reconciler.PrimaryUpdateAndCacheUtils;
import io.javaoperatorsdk.operator.processing.event.ResourceID;
import java.net.HttpURLConnection;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** Applies the status with a fresh object, which holds nothing but its name, and puts the answer in the cache. */
public final class SsaStatusWriter implements StatusWriter {

    @Override
    public <S, R extends CustomResource<?, S>> boolean write(R resource, S status, Context<R> context) {
        var newest = newest(resource, context);
        var serialization = context.getClient().getKubernetesSerialization();
        if (comparable(newest.getStatus(), serialization).equals(comparable(status, serialization))) {
            return false;
        }
        try {
            PrimaryUpdateAndCacheUtils.ssaPatchStatusAndCacheResource(
                    newest, fresh(resource, status, serialization), context);
        } catch (KubernetesClientException e) {
            if (e.getCode() != HttpURLConnection.HTTP_NOT_FOUND) {
                throw e;
            }
            // Deleted meanwhile: there is nobody left to tell.
            return false;
        }
        return true;
    }

    /** A status written earlier in the same reconciliation is in the cache, but not in what was observed before. */
    private static <S, R extends CustomResource<?, S>> R newest(R observed, Context<R> context) {
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
